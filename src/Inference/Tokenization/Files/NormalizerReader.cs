using System.Collections.Immutable;
using StreamNer.Inference.Tokenization.Normalizing;

namespace StreamNer.Inference.Tokenization.Files;

/// <summary>Reads the <c>normalizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class NormalizerReader
{
    private const string Known = "Sequence, BertNormalizer";

    /// <summary>The steps, in order; none when the file has none.</summary>
    public static ImmutableArray<INormalizer> Read(JsonFields root) =>
        root.OptionalObject("normalizer") is { } normalizer ? [.. Steps(normalizer)] : [];

    private static IEnumerable<INormalizer> Steps(JsonFields fields)
    {
        var type = fields.Text("type");
        IEnumerable<INormalizer> steps = type switch
        {
            "Sequence" => [.. fields.Objects("normalizers").SelectMany(Steps)],
            "BertNormalizer" => [Bert(fields)],
            _ => Refuse(fields, type),
        };
        return steps;
    }

    private static BertNormalizer Bert(JsonFields fields)
    {
        var lowerCase = fields.Flag("lowercase", true);
        var normalizer = new BertNormalizer(
            fields.Flag("clean_text", true),
            fields.Flag("handle_chinese_chars", true),
            stripAccents: fields.OptionalFlag("strip_accents") ?? lowerCase,
            lowerCase);
        fields.RefuseOthers();
        return normalizer;
    }

    private static IEnumerable<INormalizer> Refuse(JsonFields fields, string type)
    {
        fields.Problem("type", $"is \"{type}\", known are {Known}");
        return [];
    }
}
