using System.Text;
using CsCheck;
using StreamNer.Tools.Labelling;

namespace StreamNer.Tools.Tests.Labelling;

public class DocumentReaderTests
{
    [Fact]
    public async Task Each_line_is_a_document_named_by_file_and_line()
    {
        var read = await LinesAsync("one\ntwo\n"u8);

        Assert.Equal(["news.txt:1", "news.txt:2"], read.Select(input => input.Document!.Id.Value));
        Assert.Equal(["one", "two"], read.Select(input => input.Document!.Text));
    }

    [Fact]
    public async Task The_last_line_needs_no_line_break() =>
        Assert.Equal(["one", "two"], (await LinesAsync("one\ntwo"u8)).Select(input => input.Document!.Text));

    [Fact]
    public async Task A_line_break_of_windows_is_no_part_of_the_text() =>
        Assert.Equal(["one", "", "two"], (await LinesAsync("one\r\n\r\ntwo\r\n"u8)).Select(input => input.Document!.Text));

    [Fact]
    public async Task An_empty_line_is_an_empty_document() =>
        Assert.Equal(["one", "", "two"], (await LinesAsync("one\n\ntwo\n"u8)).Select(input => input.Document!.Text));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reading_ends_when_it_is_to_although_the_input_is_silent(bool whole)
    {
        using var silent = new SilentStream();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var reader = new DocumentReader("news.txt");
        Task reading = whole ? reader.ReadWholeAsync(silent, stop.Token)
            : reader.ReadLinesAsync(silent, stop.Token).GetAsyncEnumerator(stop.Token).MoveNextAsync().AsTask();
        await silent.IsRead.Task.WaitAsync(TimeSpan.FromMinutes(1), stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    /// <summary>As standard input at a terminal: a read waits and knows no token.</summary>
    private sealed class SilentStream : MemoryStream
    {
        private readonly ManualResetEventSlim _over = new();

        public TaskCompletionSource IsRead { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Task.Run(() =>
        {
            IsRead.TrySetResult();
            _over.Wait(CancellationToken.None);
            return 0;
        }, CancellationToken.None));

        protected override void Dispose(bool disposing)
        {
            _over.Set();
            base.Dispose(disposing);
        }
    }

    [Fact]
    public async Task An_empty_input_has_no_documents() => Assert.Empty(await LinesAsync(""u8));

    [Fact]
    public async Task A_byte_order_mark_is_no_part_of_the_text() =>
        Assert.Equal("one", (await LinesAsync("\uFEFFone\n"u8))[0].Document!.Text);

    [Fact]
    public async Task Invalid_utf8_is_reported_with_line_and_byte_and_the_rest_is_read()
    {
        var read = await LinesAsync([.. "one\nab"u8, 0xFF, .. "c\nthree\n"u8]);

        Assert.Equal("news.txt, line 2", read[1].Place);
        Assert.Null(read[1].Document);
        Assert.Contains("not valid UTF-8 at byte 2", read[1].Problem);
        Assert.Equal("three", read[2].Document!.Text);
    }

    [Fact]
    public async Task A_line_beyond_the_limit_is_reported_with_its_size_and_the_rest_is_read()
    {
        var reader = new DocumentReader("news.txt", maxDocumentBytes: 10);

        var read = await LinesAsync(reader, new MemoryStream([.. "one\n"u8, .. "0123456789abc\n"u8, .. "three\n"u8]));

        Assert.Equal("14 bytes, the limit is 10; split it", read[1].Problem);
        Assert.Equal("three", read[2].Document!.Text);
    }

    [Fact]
    public async Task A_last_line_beyond_the_limit_is_reported_too()
    {
        var reader = new DocumentReader("news.txt", maxDocumentBytes: 10);

        var read = await LinesAsync(reader, new OneByteStream("one\n0123456789abc"u8.ToArray()));

        Assert.Equal(["one", null], read.Select(input => input.Document?.Text));
        Assert.Equal("13 bytes, the limit is 10; split it", read[1].Problem);
    }

    [Fact]
    public async Task A_line_is_handed_on_before_the_next_one_arrives()
    {
        await using var lines = new DocumentReader("stdin")
            .ReadLinesAsync(new EndlessStream("hello\n"u8.ToArray()), TestContext.Current.CancellationToken).GetAsyncEnumerator();

        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("hello", lines.Current[0].Document!.Text);
    }

    [Fact]
    public async Task A_whole_input_is_one_document_as_it_stands()
    {
        var read = await new DocumentReader("letter.txt")
            .ReadWholeAsync(new MemoryStream("Dear Sarah,\r\nhello\n"u8.ToArray()), TestContext.Current.CancellationToken);

        Assert.Equal("Dear Sarah,\r\nhello\n", read.Document!.Text);
        Assert.Equal("letter.txt", read.Document.Id.Value);
    }

    [Fact]
    public async Task A_whole_input_beyond_the_limit_is_reported()
    {
        var read = await new DocumentReader("letter.txt", maxDocumentBytes: 10)
            .ReadWholeAsync(new MemoryStream(new byte[11]), TestContext.Current.CancellationToken);

        Assert.Contains("longer than the limit of 10 bytes", read.Problem);
    }

    [Fact]
    public void However_the_bytes_arrive_no_line_is_lost_or_changed() =>
        Gen.Select(Gen.String[Gen.Char['a', 'f'], 0, 20].Array[0, 50], Gen.Int[1, 64]).Sample((lines, chunk) =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
            var read = LinesAsync(new DocumentReader("x", maxBatch: 7), new ChunkedStream(bytes, chunk)).GetAwaiter().GetResult();
            return read.Select(input => input.Document!.Text).SequenceEqual(lines) && read.Sum(input => input.Bytes) == bytes.Length;
        });

    private static Task<List<InputDocument>> LinesAsync(ReadOnlySpan<byte> bytes) =>
        LinesAsync(new DocumentReader("news.txt"), new MemoryStream(bytes.ToArray()));

    private static async Task<List<InputDocument>> LinesAsync(DocumentReader reader, Stream input)
    {
        List<InputDocument> read = [];
        await foreach (var batch in reader.ReadLinesAsync(input, CancellationToken.None))
            read.AddRange(batch);
        return read;
    }

    private sealed class OneByteStream(byte[] bytes) : ChunkedStream(bytes, 1);

    /// <summary>Gives what it has and then waits, as a person at a terminal does.</summary>
    private sealed class EndlessStream(byte[] bytes) : ChunkedStream(bytes, int.MaxValue)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            if (read == 0)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            return read;
        }
    }

    private class ChunkedStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}
