using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using StreamNer.Inference.Domain;

namespace StreamNer.Tools.Labelling;

/// <summary>One document of the input, or the reason why it could not be read.</summary>
/// <param name="Place">Where it stands, for a person: <c>news.txt, line 3</c>.</param>
/// <param name="Document">The document; null when it could not be read.</param>
/// <param name="Problem">Why it could not be read; null when it was.</param>
/// <param name="Bytes">Bytes it took from the input, its line break included.</param>
internal sealed record InputDocument(string Place, Document? Document, string? Problem, long Bytes);

/// <summary>Reads documents from bytes: a line is a document, or the whole input is one. UTF-8, strictly.</summary>
/// <remarks>Holds one batch of lines and never more than one document above it, however long the input is.</remarks>
internal sealed class DocumentReader
{
    /// <summary>Longest document in bytes. A longer one is reported and skipped, so that memory stays bounded.</summary>
    public const int MaxDocumentBytes = 64 * 1024 * 1024;

    private const int ReadBytes = 256 * 1024;
    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _name;
    private readonly int _maxDocumentBytes;
    private readonly int _maxBatch;

    /// <summary>Makes a reader.</summary>
    /// <param name="name">Name of the input, for ids and messages.</param>
    /// <param name="maxBatch">Most documents handed on at once.</param>
    /// <param name="maxDocumentBytes">Longest document, in bytes.</param>
    public DocumentReader(string name, int maxBatch = 512, int maxDocumentBytes = MaxDocumentBytes)
    {
        _name = name;
        _maxBatch = maxBatch;
        _maxDocumentBytes = maxDocumentBytes;
    }

    /// <summary>
    /// Reads one document a line. Hands on what has arrived, so that a person at a terminal gets an answer after each line.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<InputDocument>> ReadLinesAsync(Stream input,
        [EnumeratorCancellation] CancellationToken stop)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: ReadBytes, leaveOpen: true));
        List<InputDocument> batch = [];
        var number = 0L;
        var skipped = 0L;
        for (var ended = false; !ended;)
        {
            var read = await NextAsync(reader, stop);
            var rest = read.Buffer;
            ended = read.IsCompleted;
            while (TakeLine(ref rest, ended, out var line))
            {
                number++;
                batch.Add(ReadLine(line, number, skipped));
                skipped = 0;
                if (batch.Count == _maxBatch)
                {
                    yield return batch;
                    batch = [];
                }
            }

            // A line without an end must not fill the memory: what is beyond the limit is counted and let go.
            if (skipped + rest.Length > _maxDocumentBytes)
            {
                skipped += rest.Length;
                rest = rest.Slice(rest.End);
            }

            reader.AdvanceTo(rest.Start, rest.End);
            if (batch.Count > 0)
            {
                yield return batch;
                batch = [];
            }
        }

        if (skipped > 0)
            yield return [TooLong(LinePlace(number + 1), skipped)];
        await reader.CompleteAsync();
    }

    /// <summary>Reads the whole input as one document.</summary>
    public async Task<InputDocument> ReadWholeAsync(Stream input, CancellationToken stop)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: ReadBytes, leaveOpen: true));
        while (true)
        {
            var read = await NextAsync(reader, stop);
            if (read.IsCompleted || read.Buffer.Length > _maxDocumentBytes)
            {
                var whole = read.Buffer.Length > _maxDocumentBytes
                    ? new InputDocument(_name, null, $"longer than the limit of {_maxDocumentBytes} bytes; split it", read.Buffer.Length)
                    : Decode(read.Buffer, _name, new DocumentId(_name), isFirst: true, read.Buffer.Length);
                await reader.CompleteAsync();
                return whole;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    // A read of standard input is not ended by a token: it is left alone, and the process ends without it.
    private static Task<ReadResult> NextAsync(PipeReader reader, CancellationToken stop) =>
        reader.ReadAsync(CancellationToken.None).AsTask().WaitAsync(stop);

    private static bool TakeLine(ref ReadOnlySequence<byte> rest, bool ended, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf(LineFeed) is { } end)
        {
            var behind = rest.GetPosition(1, end);
            line = rest.Slice(0, behind);
            rest = rest.Slice(behind);
            return true;
        }

        line = rest;
        if (!ended || rest.IsEmpty)
            return false;

        rest = rest.Slice(rest.End);
        return true;
    }

    private static InputDocument Decode(ReadOnlySequence<byte> bytes, string place, DocumentId id, bool isFirst, long length)
    {
        var text = isFirst ? WithoutMark(bytes) : bytes;
        try
        {
            return new InputDocument(place, new Document(id, StrictUtf8.GetString(text)), null, length);
        }
        catch (DecoderFallbackException invalid)
        {
            return new InputDocument(place, null, $"not valid UTF-8 at byte {FirstInvalid(text)}: "
                + $"{Convert.ToHexString(invalid.BytesUnknown ?? [])}; convert the input to UTF-8", length);
        }
    }

    private static ReadOnlySequence<byte> WithoutMark(ReadOnlySequence<byte> bytes) =>
        bytes.Length >= 3 && bytes.Slice(0, 3).ToArray().AsSpan().SequenceEqual("\uFEFF"u8) ? bytes.Slice(3) : bytes;

    private static ReadOnlySequence<byte> WithoutLineEnd(ReadOnlySequence<byte> bytes)
    {
        if (EndsWith(bytes, LineFeed))
            bytes = bytes.Slice(0, bytes.Length - 1);
        if (EndsWith(bytes, CarriageReturn))
            bytes = bytes.Slice(0, bytes.Length - 1);
        return bytes;
    }

    private static bool EndsWith(ReadOnlySequence<byte> bytes, byte end) =>
        bytes.Length > 0 && bytes.Slice(bytes.Length - 1).FirstSpan[0] == end;

    /// <summary>Counted from 0 at the start of the document. Slow, but only wrong input comes here.</summary>
    private static long FirstInvalid(ReadOnlySequence<byte> bytes)
    {
        var rest = bytes.ToArray().AsSpan();
        var at = 0L;
        while (Rune.DecodeFromUtf8(rest, out _, out var consumed) == OperationStatus.Done)
        {
            at += consumed;
            rest = rest[consumed..];
        }

        return at;
    }

    private InputDocument ReadLine(ReadOnlySequence<byte> line, long number, long skipped) =>
        skipped + line.Length > _maxDocumentBytes
            ? TooLong(LinePlace(number), skipped + line.Length)
            : Decode(WithoutLineEnd(line), LinePlace(number), new DocumentId($"{_name}:{number}"), isFirst: number == 1, line.Length);

    private InputDocument TooLong(string place, long bytes) =>
        new(place, null, $"{bytes} bytes, the limit is {_maxDocumentBytes}; split it", bytes);

    private string LinePlace(long number) => $"{_name}, line {number}";
}
