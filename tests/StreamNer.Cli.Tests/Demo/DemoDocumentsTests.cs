using StreamNer.Cli.Demo;

namespace StreamNer.Cli.Tests.Demo;

public sealed class DemoDocumentsTests : IDisposable
{
    private const long Limit = 256L << 20;

    private readonly string _file = Path.GetTempFileName();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Of_many_lines_that_are_no_text_the_first_three_are_named()
    {
        await File.WriteAllBytesAsync(_file, [.. Enumerable.Repeat(new byte[] { 0xFF, (byte)'\n' }, 1000).SelectMany(line => line)], Stop);

        var problems = (await Assert.ThrowsAsync<ArgumentsException>(() => DemoDocuments.ReadAsync(_file, Stop))).Problems;

        Assert.Equal(4, problems.Count);
        Assert.Equal($"{_file}: 997 more lines like these", problems[^1]);
    }

    [Fact]
    public async Task A_line_of_which_the_broker_could_not_keep_two_is_refused_with_the_limit()
    {
        await File.WriteAllTextAsync(_file, $"short\n{new string('a', (2 << 20) + 1)}\n{new string('b', (2 << 20) - 1)}\n", Stop);

        Assert.Contains("line 2: 2097154 bytes, the limit is 2097152",
            Assert.Single((await Assert.ThrowsAsync<ArgumentsException>(() => DemoDocuments.ReadAsync(_file, Stop))).Problems));
    }

    [Fact]
    public async Task A_file_that_would_fill_the_memory_is_refused_with_its_size()
    {
        await using (var file = File.OpenWrite(_file))
            file.SetLength(Limit + 1);

        Assert.Contains($"has {Limit + 1} bytes, at most {Limit} are sent by a demo",
            Assert.Single((await Assert.ThrowsAsync<ArgumentsException>(() => DemoDocuments.ReadAsync(_file, Stop))).Problems));
    }
}
