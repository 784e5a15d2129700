using System.Net;
using System.Text;
using System.Text.Json;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Inference;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Host.Tests;

/// <summary>Two models and rules over one stream, in the whole service.</summary>
public sealed class SeveralModelsTests : IAsyncLifetime
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly TaggerCopy _tagger = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-").FullName;
    private string _rules = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _rules = Path.Combine(_folder, "rules.jsonl");
        File.WriteAllText(_rules,
            """{"label": "ORG", "pattern": "Royal Society", "id": "rs"}""" + "\n"
            + """{"label": "SLOW", "pattern": {"regex": "^(a+)+\\1b"}}""");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _broker.Dispose();
        _tagger.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Events_hold_what_all_models_and_the_rules_say_and_the_id_is_that_of_all()
    {
        await using var service = await StartAsync();
        using var writer = new TopicWriter(_broker.BootstrapServers, "documents");
        using var reader = new TopicReader(_broker.BootstrapServers, "entities", 4);
        writer.Write("k", "Sarah of the Royal Society lives in London");
        writer.Flush();

        var record = Assert.Single(reader.Read(1));
        var entities = record.Json.GetProperty("entities").EnumerateArray().Select(Named).ToArray();
        Assert.Contains(("Royal Society", null, "rules"), entities);
        Assert.Contains(("London", "names", "model"), entities);
        var tokens = record.Json.GetProperty("tokens").EnumerateArray().ToArray();
        Assert.Equal(8, tokens.Length);
        Assert.All(tokens, token => Assert.Equal("words", token.GetProperty("model").GetString()));
        Assert.Equal(["names", "words"], record.Json.GetProperty("models").EnumerateArray()
            .Select(model => model.GetProperty("name").GetString()));
        Assert.EndsWith("/"
            + record.Json.GetProperty("model").GetProperty("hash").GetString(), record.Headers["ce_id"], StringComparison.Ordinal);
        Assert.Equal("names+words", record.Json.GetProperty("model").GetProperty("name").GetString());
        await service.StopAsync();
    }

    [Fact]
    public async Task A_document_that_the_rules_take_too_long_for_is_a_dead_letter_with_its_reason()
    {
        await using var service = await StartAsync("Rules:MatchTimeout=00:00:00.050");
        using var writer = new TopicWriter(_broker.BootstrapServers, "documents");
        using var reader = new TopicReader(_broker.BootstrapServers, "documents.dlq", 4);
        writer.Write("k", new string('a', 60));
        writer.Flush();

        var letter = Assert.Single(reader.Read(1));
        Assert.Equal(("rules", "rule_timed_out"), (letter.Headers["streamner.errors.stage"], letter.Headers["streamner.errors.code"]));
        await service.StopAsync();
    }

    [Fact]
    public async Task A_request_asks_all_models_or_the_one_that_it_names()
    {
        await using var service = await StartAsync();
        using var http = new HttpClient { BaseAddress = service.Address };

        var all = await PostAsync(http, """{"text": "Sarah lives in London", "tokens": true}""");
        Assert.Equal(["names", "words"], all.GetProperty("tokens").EnumerateArray().Select(token => token.GetProperty("model").GetString())
            .Distinct());

        var one = await PostAsync(http, """{"text": "Sarah lives in London", "model": "names"}""");
        Assert.Equal("names", one.GetProperty("model").GetProperty("name").GetString());
        Assert.False(one.TryGetProperty("tokens", out _));
        Assert.All(one.GetProperty("entities").EnumerateArray(), entity => Assert.Equal("names", entity.GetProperty("model").GetString()));

        var unknown = await PostAsync(http, """{"text": "x", "model": "nobody"}""", HttpStatusCode.BadRequest);
        Assert.Contains("there are names, words", unknown.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await service.StopAsync();
    }

    [Fact]
    public async Task Info_lists_the_models_and_their_lanes()
    {
        await using var service = await StartAsync();
        using var http = new HttpClient { BaseAddress = service.Address };

        var info = JsonDocument.Parse(await http.GetStringAsync("/info", Stop)).RootElement;

        Assert.Equal(["names", "words"], info.GetProperty("models").EnumerateArray()
            .Select(model => model.GetProperty("name").GetString()));
        Assert.Equal("names", info.GetProperty("model").GetProperty("name").GetString());
        Assert.Equal(2, info.GetProperty("rules").GetProperty("rules").GetInt32());
        Assert.Equal(["names", "words"], info.GetProperty("lanes").EnumerateArray().Select(lane => lane.GetProperty("model").GetString())
            .Distinct());
        await service.StopAsync();
    }

    private static (string?, string?, string?) Named(JsonElement entity) => (
        entity.GetProperty("text").GetString(),
        entity.TryGetProperty("model", out var model) ? model.GetString() : null,
        entity.GetProperty("source").GetString());

    private static async Task<JsonElement> PostAsync(HttpClient http, string body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("/v1/label", UriKind.Relative), content, Stop);
        Assert.Equal(expected, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement;
    }

    private async Task<Service> StartAsync(params string[] settings)
    {
        var written = ServiceUnderTest.Settings(
            _broker, [$"Models:0:Path={Repository.DefaultModel}", "Models:0:Name=names", $"Models:1:Path={_tagger.Folder}",
                "Models:1:Name=words", $"Rules:Path={_rules}", .. settings]);
        var service = await Service.StartAsync(ServicePlan.Make(written), Stop);
        await ServiceUnderTest.ReadyAsync(service, Stop);
        return service;
    }
}
