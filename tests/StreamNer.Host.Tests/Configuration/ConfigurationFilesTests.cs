using System.Diagnostics;
using StreamNer.Host.Configuration;

namespace StreamNer.Host.Tests.Configuration;

public sealed class ConfigurationFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_argument_wins_over_a_file() =>
        Assert.Equal("two", Read("""{"StreamNer": {"Kafka": {"GroupId": "one"}}}""", "Kafka:GroupId=two")["StreamNer:Kafka:GroupId"]);

    [Fact]
    public void A_file_wins_over_what_is_shipped() =>
        Assert.Equal("one", Read("""{"StreamNer": {"Kafka": {"GroupId": "one"}}}""")["StreamNer:Kafka:GroupId"]);

    [Fact]
    public void The_last_of_several_settings_of_one_key_wins() =>
        Assert.Equal("two", Read("{}", "Kafka:GroupId=one", "kafka:groupid=two")["StreamNer:Kafka:GroupId"]);

    [Fact]
    public void The_leading_section_may_be_written() =>
        Assert.Equal("x", Read("{}", "StreamNer:Kafka:GroupId=x")["StreamNer:Kafka:GroupId"]);

    [Fact]
    public void A_value_may_hold_an_equals_sign() => Assert.Equal("a=b", Read("{}", "Kafka:GroupId=a=b")["StreamNer:Kafka:GroupId"]);

    [Fact]
    public void Sections_that_the_command_line_replaces_count_from_nowhere_else()
    {
        var file = Path.Combine(_folder, "models.json");
        File.WriteAllText(file,
            """{"StreamNer": {"Models": [{"Path": "a"}, {"Path": "b"}, {"Path": "c"}], "Kafka": {"GroupId": "kept"}}}""");
        var read = ConfigurationFiles.Read(file, ["Models:0:Path=d"], "StreamNer:Models");

        Assert.Equal(["d"], read.GetSection("StreamNer:Models").GetChildren().Select(model => model["Path"]));
        Assert.Equal("kept", read["StreamNer:Kafka:GroupId"]);
    }

    [Fact]
    public void A_file_that_is_not_json_is_named() => Assert.Contains("is not valid JSON", Problem("{\"StreamNer\": "));

    [Theory]
    [InlineData("""{"StreamNer": {"Kafka": {"GroupId": "\ud800"}}}""")]
    [InlineData("""{"StreamNer": {"\ud800": 1}}""")]
    public void A_file_with_half_a_character_is_named(string json) => Assert.Contains("settings.json is not valid JSON", Problem(json));

    [Fact]
    public void A_section_beside_ours_is_named_with_the_one_that_was_meant() =>
        Assert.Contains("StreamNr is not a known section, everything stands under StreamNer; did you mean StreamNer?", Problem(
            """{"StreamNr": {"Kafka": {}, "x": 1}}"""));

    [Fact]
    public void A_setting_without_a_value_is_named_with_an_example() =>
        Assert.Contains("--set Kafka:GroupId: it must be Key=Value", Problem("{}", "Kafka:GroupId"));

    [Fact]
    public void A_file_that_does_not_exist_is_named() =>
        Assert.Contains("there is no such file",
            Assert.Throws<ConfigurationException>(() => ConfigurationFiles.Read(Path.Combine(_folder, "none.json"), [])).Message);

    [Fact]
    public void A_file_that_never_ends_is_not_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such files");
        var pipe = Path.Combine(_folder, "pipe");
        Process.Start("mkfifo", pipe).WaitForExit();

        foreach (var endless in new[] { pipe, "/dev/zero" })
        {
            Assert.Contains($"{endless} is no regular file",
                Assert.Throws<ConfigurationException>(() => ConfigurationFiles.Read(endless, [])).Message);
        }
    }

    [Fact]
    public void A_file_of_thousands_of_values_is_refused_before_they_are_held_against_each_other()
    {
        // Three more are the objects that they stand in.
        var values = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"{i:x}\":1"));

        Assert.Contains("has 100003 values, at most 4096 are read; is it the right file?", Problem(Kafka(values)));
    }

    [Fact]
    public void Of_a_file_of_thousands_of_unknown_keys_the_first_ones_are_named()
    {
        var values = string.Join(',', Enumerable.Range(0, 4000).Select(i => $"\"key{i}\":1"));
        var problems = CheckedConfiguration.Of(Read(Kafka(values))).Problems;

        Assert.Equal(51, problems.Count);
        Assert.Equal("and 3950 more keys and values like these", problems[^1]);
    }

    private static string Kafka(string values) => """{"StreamNer":{"Kafka":{""" + values + "}}}";

    private Microsoft.Extensions.Configuration.IConfigurationRoot Read(string json, params string[] settings)
    {
        var file = Path.Combine(_folder, "settings.json");
        File.WriteAllText(file, json);
        return ConfigurationFiles.Read(file, settings);
    }

    private string Problem(string json, params string[] settings) =>
        Assert.Throws<ConfigurationException>(() => Read(json, settings)).Message;
}
