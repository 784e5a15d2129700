using System.Collections.Immutable;
using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Normalizing;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Reads the <c>normalizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class NormalizerReader
{
    private const string BlankRun = " {2,}";
    private const string Known = "Sequence, BertNormalizer, Lowercase, NFD, NFKD, Precompiled, Prepend, Replace, Strip, StripAccents";

    /// <summary>The steps, in order; none when the file has none.</summary>
    public static ImmutableArray<INormalizer> Read(JsonFields root) =>
        root.OptionalObject("normalizer") is { } normalizer ? [.. Steps(normalizer)] : [];

    private static IEnumerable<INormalizer> Steps(JsonFields fields)
    {
        var type = fields.Text("type");
        if (type == "Sequence")
        {
            var steps = fields.Objects("normalizers").SelectMany(Steps).ToArray();
            fields.RefuseOthers();
            return steps;
        }

        INormalizer? step = type switch
        {
            "BertNormalizer" => Bert(fields),
            "Lowercase" => new LowercaseNormalizer(),
            "NFD" => new DecomposingNormalizer(CodePoints.Decomposed),
            "NFKD" => new DecomposingNormalizer(CodePoints.CompatiblyDecomposed),
            "Precompiled" => Precompiled(fields),
            "Prepend" => new PrependNormalizer(fields.Text("prepend")),
            "Replace" => Replace(fields),
            "Strip" => new StripNormalizer(fields.Flag("strip_left", true), fields.Flag("strip_right", true)),
            "StripAccents" => new StripAccentsNormalizer(CodePointTraits.Combining),
            _ => Refuse(fields, type),
        };
        if (step is null)
            return [];
        fields.RefuseOthers();
        return [step];
    }

    private static BertNormalizer Bert(JsonFields fields)
    {
        var lowerCase = fields.Flag("lowercase", true);
        return new BertNormalizer(
            fields.Flag("clean_text", true),
            fields.Flag("handle_chinese_chars", true),
            stripAccents: fields.OptionalFlag("strip_accents") ?? lowerCase,
            lowerCase);
    }

    private static PrecompiledNormalizer? Precompiled(JsonFields fields)
    {
        var encoded = fields.Text("precompiled_charsmap");
        var map = new byte[encoded.Length];
        if (Convert.TryFromBase64String(encoded, map, out var length))
            return new PrecompiledNormalizer(new CompiledCharacterMap(map.AsSpan(0, length)));
        fields.Problem("precompiled_charsmap", "is not base64; export the tokenizer again");
        return null;
    }

    private static ReplaceNormalizer? Replace(JsonFields fields)
    {
        var content = fields.Text("content");
        var pattern = fields.OptionalObject("pattern");
        if (pattern?.OptionalText("String") is { Length: > 0 } text)
            return new ReplaceNormalizer(text, 0, content);

        // The one expression that these families use: a run of blanks.
        if (pattern?.OptionalText("Regex") is { } expression)
        {
            if (expression == BlankRun)
                return new ReplaceNormalizer(" ", 2, content);
            pattern.Problem("Regex", $"is \"{expression}\", known are \"{BlankRun}\" and patterns of the kind String");
            return null;
        }

        fields.Problem("pattern", $"must hold a String that isn't empty or the Regex \"{BlankRun}\"");
        return null;
    }

    private static INormalizer? Refuse(JsonFields fields, string type)
    {
        fields.Problem("type", $"is \"{type}\", known are {Known}");
        return null;
    }
}
