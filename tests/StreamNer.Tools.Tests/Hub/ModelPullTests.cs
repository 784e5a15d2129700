using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.TestSupport.Inference;
using StreamNer.Tools.Hub;

namespace StreamNer.Tools.Tests.Hub;

public sealed class ModelPullTests : IAsyncLifetime
{
    private readonly TableModel _model = new(["O", "B-LOC"], ("in", "O"), ("London", "B-LOC"));
    private readonly string _directory = Directory.CreateTempSubdirectory("streamner-models-").FullName;
    private readonly Progress _progress = new();
    private HubServer _hub = null!;
    private bool _hasAnswered;

    private string Place => Path.Combine(_directory, "name");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _hub = await HubServer.StartAsync(_model.Folder);

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        _model.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_model_is_put_in_place_whole_with_what_it_was_made_of()
    {
        _hub.Files["pytorch_model.bin"] = [1, 2, 3];

        var pulled = await PullAsync();

        Assert.Equal(Place, pulled.Folder);
        Assert.Equal(["config.json", "model.onnx", "streamner-manifest.json", "tokenizer_config.json", "vocab.txt"],
            Directory.EnumerateFiles(Place).Select(Path.GetFileName).Order());
        Assert.Equal("bert", ModelFolder.Open(Place).Description.Family);
        Assert.Empty(await ModelManifest.Read(Place, out _)!.DifferencesAsync(Place, Stop));
        Assert.Equal((HubServer.Commit, "apache-2.0", "model.onnx"),
            (pulled.Manifest.Commit, pulled.Manifest.Licence, pulled.Manifest.Model));
        Assert.Equal(["name"], Directory.EnumerateFileSystemEntries(_directory).Select(Path.GetFileName));
        Assert.All(_progress.Checked, Assert.NotNull);
    }

    [Fact]
    public async Task Transitions_that_belong_to_a_model_come_with_it()
    {
        _hub.Files["crf.json"] = Encoding.UTF8.GetBytes("""{"start": [0, 0], "end": [0, 0], "transitions": [[0, 0], [0, 0]]}""");

        await PullAsync();

        Assert.True(ModelFolder.Open(Place).HasLearnedTransitions);
    }

    [Fact]
    public async Task The_token_goes_to_the_hub_and_not_to_where_it_redirects()
    {
        await PullAsync(_hub.Settings("secret"));

        Assert.All(_hub.Requests.Where(request => !request.AtStorage), request => Assert.Equal("Bearer secret", request.Authorization));
        Assert.Null(Assert.Single(_hub.Requests, request => request.AtStorage).Authorization);
    }

    [Fact]
    public async Task An_answer_that_ends_early_is_gone_on_with()
    {
        _hub.Before = context => OnceAsync(context, "storage/model.onnx", WriteBeginningAsync);

        await PullAsync();

        Assert.Equal([null, "bytes=100-"], _hub.Requests.Where(request => request.AtStorage).Select(request => request.Range));
        Assert.Contains("the answer ended after 100 of", Assert.Single(_progress.Reasons));
    }

    [Fact]
    public async Task An_answer_that_falls_silent_is_given_up_and_gone_on_with()
    {
        _hub.Before = context => OnceAsync(context, "storage/model.onnx", async silent =>
        {
            await WriteBeginningAsync(silent);
            await _hub.SilentAsync(silent);
        });

        await PullAsync(_hub.Settings() with { MaxSilence = TimeSpan.FromSeconds(1) });

        Assert.Equal("bytes=100-", _hub.Requests.Last(request => request.AtStorage).Range);
        Assert.Contains("nothing came for 1 s", _progress.Reasons);
    }

    [Fact]
    public async Task A_pull_that_was_stopped_leaves_no_model_and_the_next_one_goes_on()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        _progress.Advanced = (file, bytes) =>
        {
            if (file.Path == "model.onnx" && bytes == 100)
                stop.Cancel();
        };
        _hub.Before = context => OnceAsync(context, "storage/model.onnx", async silent =>
        {
            await WriteBeginningAsync(silent);
            await _hub.SilentAsync(silent);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PullAsync(stop: stop.Token));
        Assert.False(Directory.Exists(Place));
        _hub.Requests.Clear();

        await PullAsync();

        Assert.Equal(["/api/models/owner/name/revision/main", $"/owner/name/resolve/{HubServer.Commit}/model.onnx", "/storage/model.onnx"],
            _hub.Requests.Select(request => request.Path));
        Assert.Equal("bytes=100-", _hub.Requests.Last().Range);
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_sends_all_of_it_again()
    {
        _hub.KnowsRanges = false;
        _hub.Before = context => OnceAsync(context, "storage/model.onnx", WriteBeginningAsync);

        await PullAsync();

        Assert.Empty(await ModelManifest.Read(Place, out _)!.DifferencesAsync(Place, Stop));
    }

    [Fact]
    public async Task What_an_earlier_attempt_left_is_thrown_away_when_it_is_something_else()
    {
        var staging = Directory.CreateDirectory(Path.Combine(_directory, $".pull-name-{HubServer.Commit[..12]}")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(staging, "model.onnx.part"), new byte[_hub.Files["model.onnx"].Length], Stop);
        await File.WriteAllBytesAsync(Path.Combine(staging, "vocab.txt.part"), new byte[10_000], Stop);
        await File.WriteAllTextAsync(Path.Combine(staging, "other.onnx"), "x", Stop);

        await PullAsync();

        Assert.Empty(await ModelManifest.Read(Place, out _)!.DifferencesAsync(Place, Stop));
        Assert.False(File.Exists(Path.Combine(Place, "other.onnx")));
        Assert.Equal(2, _progress.Reasons.Count(reason => reason == "what was here before does not belong to it"));
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("vocab.txt")]
    public async Task Content_that_is_not_what_the_hub_names_is_refused(string file)
    {
        _hub.Before = context => HubServer.IsFor(context, file)
            && (file != "model.onnx" || context.Request.Path.StartsWithSegments("/storage", StringComparison.Ordinal))
            ? WriteAsync(context, new byte[_hub.Files[file].Length])
            : Task.FromResult(false);

        Assert.Contains($"{file} is not what the hub says", (await FailureAsync()).Message);
        Assert.False(Directory.Exists(Place));
    }

    [Fact]
    public async Task The_tag_of_who_sends_other_bytes_does_not_make_them_right()
    {
        var zeros = new byte[_hub.Files["model.onnx"].Length];
        _hub.Before = context => FromStorage(context, zeros, Convert.ToHexStringLower(SHA256.HashData(zeros)));

        Assert.Contains("model.onnx is not what the hub says", (await FailureAsync()).Message);
    }

    [Fact]
    public async Task A_tag_that_means_something_else_does_not_make_the_right_bytes_wrong()
    {
        _hub.Before = context => FromStorage(context, _hub.Files["model.onnx"], new string('0', 40));

        Assert.True((await PullAsync()).IsNew);
    }

    /// <summary>Sends the model without what the hub says of it on the way.</summary>
    private static async Task<bool> FromStorage(HttpContext context, byte[] content, string tag)
    {
        if (!HubServer.IsFor(context, "model.onnx"))
            return false;
        context.Response.Headers.ETag = $"\"{tag}\"";
        return await WriteAsync(context, content);
    }

    [Fact]
    public async Task Where_the_listing_names_no_checksum_the_answers_tag_is_taken()
    {
        _hub.Listed = (_, file) => new() { ["rfilename"] = file["rfilename"] };
        _hub.Before = context => context.Request.Path.StartsWithSegments("/storage", StringComparison.Ordinal)
            ? WriteAsync(context, new byte[7]) : Task.FromResult(false);

        Assert.Contains("model.onnx is not what the hub says: 7 bytes", (await FailureAsync()).Message);
    }

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("onnx/../../evil.txt")]
    [InlineData("/etc/evil.txt")]
    [InlineData("onnx\\..\\evil.txt")]
    [InlineData("C:evil.txt")]
    [InlineData("onnx//evil.txt")]
    [InlineData("evil\n.txt")]
    public async Task A_listing_with_a_path_that_leaves_its_folder_is_refused(string path)
    {
        _hub.Files[path] = [1];

        Assert.Contains("does not stay inside of its folder", (await FailureAsync()).Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public async Task More_bytes_than_were_listed_are_not_taken()
    {
        _hub.Before = context => HubServer.IsFor(context, "vocab.txt") ? WriteAsync(context, new byte[100_000]) : Task.FromResult(false);

        Assert.Contains("vocab.txt: the server sends 100000 bytes", (await FailureAsync()).Message);
    }

    [Fact]
    public async Task A_stream_without_a_length_ends_where_more_than_was_listed_comes()
    {
        _hub.Before = context => HubServer.IsFor(context, "vocab.txt") ? WriteAsync(context, new byte[100_000], withLength: false)
            : Task.FromResult(false);

        Assert.Contains("vocab.txt: the server sends more than the", (await FailureAsync()).Message);
    }

    [Fact]
    public async Task A_repository_larger_than_the_bound_is_refused_before_anything_is_fetched()
    {
        Assert.Contains("--max-bytes allows more",
            (await Assert.ThrowsAsync<HubException>(() => PullAsync(request: Request() with { MaxBytes = 100 }))).Message);
        Assert.Single(_hub.Requests);
    }

    [Theory]
    [InlineData(1L << 62)]
    [InlineData(-1L)]
    [InlineData(1e30)]
    public async Task A_size_that_no_file_has_is_refused_before_anything_is_fetched(object size)
    {
        _hub.Listed = (_, file) => new(file) { ["size"] = size };

        var message = (await FailureAsync()).Message;
        Assert.Contains("no file is larger than 1125899906842624; nothing was pulled", message, StringComparison.Ordinal);
        Assert.Single(_hub.Requests);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public async Task Of_a_licence_that_is_as_long_as_a_book_only_the_beginning_is_kept()
    {
        _hub.Licence = new string('x', 5_000_000);

        var licence = (await PullAsync()).Manifest.Licence!;

        Assert.EndsWith("x... (5000000 characters)", licence, StringComparison.Ordinal);
        Assert.InRange(licence.Length, 100, 400);
        Assert.NotNull(ModelManifest.Read(Place, out _));
    }

    [Fact]
    public async Task A_link_among_the_files_of_an_interrupted_pull_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        var foreign = Path.Combine(Directory.CreateDirectory(Path.Combine(_directory, "foreign")).FullName, "mine.txt");
        await File.WriteAllTextAsync(foreign, "mine", Stop);
        var staging = Directory.CreateDirectory(Path.Combine(_directory, $".pull-name-{HubServer.Commit[..12]}")).FullName;
        var part = Path.Combine(staging, "vocab.txt.part");
        File.CreateSymbolicLink(part, foreign);
        Assert.Contains($"{part} is a link", (await FailureAsync()).Message, StringComparison.Ordinal);

        File.Delete(part);
        var below = Path.Combine(staging, "onnx");
        Directory.CreateSymbolicLink(below, Path.GetDirectoryName(foreign)!);
        Assert.Contains($"{below} is a link", (await FailureAsync()).Message, StringComparison.Ordinal);

        Assert.Equal("mine", await File.ReadAllTextAsync(foreign, Stop));
        Assert.All(_hub.Requests, request => Assert.DoesNotContain("/resolve/", request.Path, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pipe_among_the_files_of_an_interrupted_pull_is_not_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no pipes in folders");
        var staging = Directory.CreateDirectory(Path.Combine(_directory, $".pull-name-{HubServer.Commit[..12]}")).FullName;
        var part = Path.Combine(staging, "vocab.txt.part");
        await Process.Start("mkfifo", part).WaitForExitAsync(Stop);

        Assert.Contains($"{part} is a pipe, socket or device", (await FailureAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_that_a_manifest_names_is_not_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no pipes in folders");
        await PullAsync();
        var manifest = ModelManifest.Read(Place, out _)!;
        var pipe = Path.Combine(Place, "pipe");
        await Process.Start("mkfifo", pipe).WaitForExitAsync(Stop);

        var differences = await (manifest with { Files = [new ManifestFile("pipe", 0, "")] }).DifferencesAsync(Place, Stop);

        Assert.Equal([$"{pipe} is no regular file but a pipe, socket or device; pull the model again"], differences);
        await Assert.ThrowsAsync<IOException>(() => Checksum.OfFileAsync(pipe, Stop));
    }

    [Fact]
    public async Task A_manifest_with_nothing_in_its_list_of_files_is_none()
    {
        await PullAsync();
        var path = Path.Combine(Place, ModelManifest.FileName);
        await File.WriteAllTextAsync(path, Regex.Replace(await File.ReadAllTextAsync(path, Stop), """ "files": \[[^]]*\] """.Trim(),
            "\"files\": [null]"), Stop);

        Assert.Null(ModelManifest.Read(Place, out var problem));
        Assert.Contains("is no manifest", problem);
    }

    [Fact]
    public async Task A_redirect_to_a_file_is_refused_with_advice_that_is_true()
    {
        _hub.Before = context =>
        {
            context.Response.Redirect("file:///etc/hostname");
            return Task.FromResult(true);
        };

        var message = (await FailureAsync()).Message;
        Assert.Contains("an address of the kind file:, only https is followed, and http where --allow-http says so", message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_thousand_onnx_files_ten_are_named()
    {
        for (var i = 0; i < 1000; i++)
            _hub.Files[$"onnx/model_{i:000}.onnx"] = _hub.Files["model.onnx"];
        _hub.Files.Remove("model.onnx");

        Assert.EndsWith("onnx/model_009.onnx and 990 more", (await FailureAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_hub_is_asked_again()
    {
        var busy = 3;
        _hub.Before = context =>
        {
            if (--busy < 0)
                return Task.FromResult(false);
            context.Response.StatusCode = busy == 1 ? 429 : 503;
            return Task.FromResult(true);
        };

        await PullAsync();

        Assert.True(Directory.Exists(Place));
    }

    [Fact]
    public async Task A_hub_that_stays_busy_is_given_up()
    {
        _hub.Before = context =>
        {
            context.Response.StatusCode = 503;
            return Task.FromResult(true);
        };

        Assert.Contains("answers 503", (await FailureAsync()).Message);
        Assert.Equal(5, _hub.Requests.Count);
    }

    [Fact]
    public async Task A_hub_that_never_answers_is_given_up()
    {
        _hub.Before = async context =>
        {
            await _hub.SilentAsync(context);
            return true;
        };

        var failure = await FailureAsync(_hub.Settings() with { MaxSilence = TimeSpan.FromMilliseconds(200), MaxAttempts = 2 });

        Assert.Contains("gave no answer within", failure.Message);
    }

    [Theory]
    [InlineData(403, "GatedRepo", "the repository is gated: accept its terms at http://127.0.0.1")]
    [InlineData(404, "RevisionNotFound", "there is no such revision")]
    [InlineData(404, "RepoNotFound", "there is no such repository, or it is private: look at the name, or set HF_TOKEN")]
    [InlineData(401, "", "there is no such repository, or it is private")]
    [InlineData(403, "", "access is forbidden")]
    [InlineData(400, "", "the hub answers 400")]
    public async Task A_refusal_is_put_into_words(int status, string code, string expected)
    {
        _hub.Before = context =>
        {
            HubServer.Refuse(context, status, code);
            return Task.FromResult(true);
        };

        Assert.Contains(expected, (await FailureAsync()).Message);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("""{"sha": "0123456789", "siblings": [{"rfilename": 7}]}""")]
    [InlineData("""{"sha": "../../../etc", "siblings": []}""")]
    public async Task Something_else_than_a_listing_is_no_hub(string answer)
    {
        _hub.Before = context => WriteAsync(context, Encoding.UTF8.GetBytes(answer));

        await FailureAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory));
    }

    [Fact]
    public async Task A_repository_without_onnx_file_says_how_to_make_one()
    {
        _hub.Files.Remove("model.onnx");

        Assert.Contains("optimum-cli export onnx --model owner/name --task token-classification name", (await FailureAsync()).Message);
    }

    [Fact]
    public async Task Of_several_onnx_files_one_is_chosen_and_the_folder_opens_without_naming_it()
    {
        _hub.Files["onnx/model_quantized.onnx"] = _hub.Files["model.onnx"];
        _hub.Files["onnx/model_fp16.onnx"] = _hub.Files["model.onnx"];
        _hub.Files.Remove("model.onnx");

        Assert.Contains("choose one with --file: onnx/model_fp16.onnx, onnx/model_quantized.onnx", (await FailureAsync()).Message);
        Assert.Contains("has no file 'onnx/model.onnx'",
            (await Assert.ThrowsAsync<HubException>(() => PullAsync(request: Request() with { File = "onnx/model.onnx" }))).Message);
        await PullAsync(request: Request() with { File = "onnx/model_quantized.onnx" });

        Assert.EndsWith("onnx/model_quantized.onnx", ModelFolder.Open(Place).OnnxFile);
    }

    [Fact]
    public async Task What_can_not_be_loaded_is_not_put_in_place()
    {
        _hub.Files["config.json"] = "{}"u8.ToArray();

        var failure = await Assert.ThrowsAsync<ModelLoadException>(() => PullAsync());

        Assert.Contains(failure.Problems, problem => problem.Contains("id2label is missing", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Place));
    }

    [Fact]
    public async Task A_model_that_is_there_whole_is_not_pulled_again()
    {
        await PullAsync();
        _hub.Requests.Clear();

        Assert.False((await PullAsync()).IsNew);
        Assert.Single(_hub.Requests);
    }

    [Fact]
    public async Task Another_folder_of_that_name_is_replaced_only_when_asked_for()
    {
        Directory.CreateDirectory(Place);
        await File.WriteAllTextAsync(Path.Combine(Place, "mine.txt"), "mine", Stop);

        Assert.Contains("--force replaces it", (await FailureAsync()).Message);
        Assert.True(File.Exists(Path.Combine(Place, "mine.txt")));
        await PullAsync(request: Request() with { Force = true });

        Assert.False(File.Exists(Path.Combine(Place, "mine.txt")));
        Assert.Equal(["name"], Directory.EnumerateFileSystemEntries(_directory).Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_came_of_a_model_whose_name_begins_alike_is_kept()
    {
        var other = Path.Combine(_directory, ".pull-name-int8-0123456789ab");
        var old = Path.Combine(_directory, ".pull-name-fedcba987654");
        Directory.CreateDirectory(other);
        Directory.CreateDirectory(old);

        await PullAsync();

        Assert.True(Directory.Exists(other));
        Assert.False(Directory.Exists(old));
    }

    [Fact]
    public async Task A_folder_that_appears_while_it_is_pulled_is_left_alone()
    {
        var mine = Path.Combine(Place, "mine.txt");
        _hub.Before = context =>
        {
            if (HubServer.IsFor(context, "storage/model.onnx"))
            {
                Directory.CreateDirectory(Place);
                File.WriteAllText(mine, "mine");
            }

            return Task.FromResult(false);
        };

        Assert.Contains("has appeared meanwhile", (await FailureAsync()).Message);
        Assert.True(File.Exists(mine));
    }

    [Fact]
    public async Task A_place_that_can_not_be_written_is_no_pull_that_runs()
    {
        File.CreateSymbolicLink(Path.Combine(_directory, ".pull-name.lock"), Path.Combine(_directory, "none", "lock"));

        var failure = (await FailureAsync()).Message;

        Assert.Contains(".pull-name.lock can't be made", failure);
        Assert.DoesNotContain("another pull", failure);
    }

    [Fact]
    public async Task Two_pulls_of_one_model_do_not_mix()
    {
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        _hub.Before = async context =>
        {
            if (HubServer.IsFor(context, "storage/model.onnx"))
            {
                reached.TrySetResult();
                await goOn.Task.WaitAsync(context.RequestAborted);
            }

            return false;
        };
        var first = PullAsync();
        await reached.Task.WaitAsync(TimeSpan.FromMinutes(1), Stop);

        Assert.Contains("another pull of this model is running", (await FailureAsync()).Message);
        goOn.SetResult();
        Assert.True((await first).IsNew);
    }

    [Fact]
    public async Task A_redirect_to_an_address_without_encryption_is_refused()
    {
        _hub.Before = context =>
        {
            context.Response.Redirect("http://192.0.2.1/elsewhere?signature=secret");
            return Task.FromResult(true);
        };

        var failure = await FailureAsync();

        Assert.Contains("redirects to http://192.0.2.1/elsewhere, which isn't encrypted", failure.Message);
        Assert.DoesNotContain("secret", failure.Message);
    }

    [Fact]
    public async Task Redirects_that_never_end_are_given_up()
    {
        _hub.Before = context =>
        {
            context.Response.Redirect("/again");
            return Task.FromResult(true);
        };

        Assert.Contains("more than 8 redirects", (await FailureAsync()).Message);
    }

    [Fact]
    public async Task A_proxy_is_gone_through_and_the_token_stays_here_where_it_could_be_read()
    {
        var settings = _hub.Settings("secret") with
        {
            Endpoint = new Uri("http://hub.invalid"),
            AllowHttp = true,
            Proxy = new WebProxy(_hub.Endpoint)
        };
        using var hub = new HubClient(settings);
        Assert.Equal(HubServer.Commit, (await hub.ListAsync("owner/name", "main", Stop)).Commit);
        var asked = Assert.Single(_hub.Requests);
        Assert.Equal(("hub.invalid", null), (asked.Host, asked.Authorization));
    }

    private static async Task<bool> WriteAsync(HttpContext context, byte[] content, bool withLength = true)
    {
        context.Response.ContentLength = withLength ? content.Length : null;
        await context.Response.Body.WriteAsync(content, context.RequestAborted);
        return true;
    }

    /// <summary>Answers the first request for a path in its own way, the others as the hub does.</summary>
    private async Task<bool> OnceAsync(HttpContext context, string path, Func<HttpContext, Task> answer)
    {
        if (_hasAnswered || !HubServer.IsFor(context, path))
            return false;
        _hasAnswered = true;
        await answer(context);
        return true;
    }

    private async Task WriteBeginningAsync(HttpContext context)
    {
        await context.Response.Body.WriteAsync(_hub.Files["model.onnx"].AsMemory(0, 100), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private PullRequest Request() => new() { Repository = "owner/name", Directory = _directory, Name = "name" };

    private async Task<PulledModel> PullAsync(HubSettings? settings = null, PullRequest? request = null, CancellationToken? stop = null)
    {
        using var hub = new HubClient(settings ?? _hub.Settings());
        return await new ModelPull(hub, _progress).PullAsync(request ?? Request(), stop ?? Stop);
    }

    private Task<HubException> FailureAsync(HubSettings? settings = null) => Assert.ThrowsAsync<HubException>(() => PullAsync(settings));

    private sealed class Progress : IPullProgress
    {
        public List<string> Reasons { get; } = [];

        public List<Checksum?> Checked { get; } = [];

        public Action<RepositoryFile, long> Advanced { get; set; } = (_, _) => { };

        public void Begin(RepositoryFile file, long hereBytes)
        {
        }

        public void Advance(RepositoryFile file, long hereBytes) => Advanced(file, hereBytes);

        public void Done(RepositoryFile file, Checksum? checkedBy) => Checked.Add(checkedBy);

        public void Again(RepositoryFile file, string reason) => Reasons.Add(reason);
    }
}
