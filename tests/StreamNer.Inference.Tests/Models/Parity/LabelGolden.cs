using System.IO.Compression;
using System.Text.RegularExpressions;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Tests.Models.Parity;

/// <summary>What the reference makes of one text.</summary>
/// <param name="Pieces">Label and score of each piece.</param>
/// <param name="Entities">The entities of each aggregation.</param>
/// <param name="Words">Label and score of each word between spaces; no label where it has no piece.</param>
/// <param name="WordPieces">Checksum of the words' pieces: id, start and end in the word, word.</param>
internal sealed record ExpectedLabels(
    (string Label, double Score)[] Pieces,
    IReadOnlyDictionary<Aggregation, ExpectedEntity[]> Entities,
    (string? Label, double Score)[] Words,
    uint WordPieces);

/// <summary>An entity as the reference gives it; its end may lie before its start, where the reference's own spans do.</summary>
internal readonly record struct ExpectedEntity(string Label, int Start, int End, double Score);

/// <summary>Reads the answers that <c>models/goldens.mjs</c> wrote; its head describes the form.</summary>
internal sealed partial class LabelGolden
{
    private static readonly Aggregation[] Order =
        [Aggregation.Simple, Aggregation.First, Aggregation.Average, Aggregation.Max, Aggregation.Scheme];

    private readonly byte[] _bytes;
    private readonly string[] _labels;
    private readonly string[] _types;
    private int _at;

    private LabelGolden(byte[] bytes, string[] labels)
    {
        _bytes = bytes;
        _labels = labels;
        _types = [.. labels.SelectMany(label => (string[])[label, Prefix().Replace(label, ""), label[(label.LastIndexOf('-') + 1)..]])
            .Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>The answers in the texts' order.</summary>
    public ExpectedLabels[] Texts { get; private set; } = [];

    public static LabelGolden Read(string path, string[] labels, int texts)
    {
        var golden = Open(path, labels);
        golden.Texts = [.. Enumerable.Range(0, texts).Select(_ => golden.Next())];
        Assert.Equal(golden._bytes.Length, golden._at);
        return golden;
    }

    /// <summary>The entities of one long document.</summary>
    public static IReadOnlyDictionary<Aggregation, ExpectedEntity[]> ReadLong(string path, string[] labels)
    {
        var golden = Open(path, labels);
        return new[] { Aggregation.Scheme, Aggregation.Average }.ToDictionary(aggregation => aggregation, _ => golden.Entities());
    }

    private static LabelGolden Open(string path, string[] labels)
    {
        using var packed = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return new LabelGolden(unpacked.ToArray(), labels);
    }

    private ExpectedLabels Next()
    {
        var pieces = new (string Label, double Score)[Natural()];
        for (var i = 0; i < pieces.Length; i++)
            pieces[i].Label = _labels[_bytes[_at++]];
        for (var i = 0; i < pieces.Length; i++)
            pieces[i].Score = Pair() / 65535d;
        var entities = Order.ToDictionary(aggregation => aggregation, _ => Entities());
        var words = new (string?, double)[Natural()];
        for (var i = 0; i < words.Length; i++)
        {
            var label = _bytes[_at++];
            words[i] = label == 0 ? (null, 0) : (_labels[label - 1], _bytes[_at++] / 255d);
        }

        return new ExpectedLabels(pieces, entities, words, (uint)(Pair() | Pair() << 16));
    }

    private ExpectedEntity[] Entities()
    {
        var entities = new ExpectedEntity[Natural()];
        var end = 0;
        for (var i = 0; i < entities.Length; i++)
        {
            var start = end + Whole();
            end = start + Whole();
            entities[i] = new ExpectedEntity(_types[Natural()], start, end, _bytes[_at++] / 255d);
        }

        return entities;
    }

    private int Pair()
    {
        _at += 2;
        return _bytes[_at - 2] | _bytes[_at - 1] << 8;
    }

    private int Natural()
    {
        var number = 0;
        for (var shift = 0; ; shift += 7)
        {
            number |= (_bytes[_at] & 127) << shift;
            if (_bytes[_at++] < 128)
                return number;
        }
    }

    private int Whole() => Natural() is var number && (number & 1) == 0 ? number >> 1 : -(number >> 1) - 1;

    [GeneratedRegex("^[BIES]-")]
    private static partial Regex Prefix();
}
