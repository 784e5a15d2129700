using System.Collections.Immutable;
using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Normalizing;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Reads the <c>normalizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class NormalizerReader
{
    private const string BlankRun = " {2,}";
    private const string Known =
        "Sequence, BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Precompiled, Prepend, Replace, Strip, StripAccents";

    /// <summary>The steps, in order; none when the file has none.</summary>
    public static ImmutableArray<INormalizer> Read(JsonFields root, TokenizerSettings settings) =>
        root.OptionalObject("normalizer") is { } normalizer ? [.. Steps(normalizer, settings)] : [];

    private static INormalizer[] Steps(JsonFields fields, TokenizerSettings settings)
    {
        var type = fields.Text("type");
        if (type == "Sequence")
        {
            var steps = fields.Objects("normalizers").SelectMany(step => Steps(step, settings)).ToArray();
            fields.RefuseOthers();
            return steps;
        }

        INormalizer? step = type switch
        {
            "BertNormalizer" => Bert(fields, settings),
            "Lowercase" => Lowercase(fields, settings),
            "NFC" => UnicodeNormalizer.Nfc,
            "NFKC" => UnicodeNormalizer.Nfkc,
            "NFD" => UnicodeNormalizer.Nfd,
            "NFKD" => UnicodeNormalizer.Nfkd,
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

    private static BertNormalizer Bert(JsonFields fields, TokenizerSettings settings)
    {
        var lowerCase = fields.Flag("lowercase", true);
        var stripAccents = fields.OptionalFlag("strip_accents");
        var cleanText = fields.Flag("clean_text", true);
        var splitIdeographs = fields.Flag("handle_chinese_chars", true);
        if (settings.Flag("do_lower_case") is { } stated && stated != lowerCase)
        {
            var follows = settings.BuildsBertNormalizer;
            settings.Warnings.Add(
                $"{fields.Place}lowercase is {Shown(lowerCase)}, but do_lower_case in {settings.ConfigPath} is {Shown(stated)}; "
                + $"{(follows ? "the latter" : "the former")} counts, as in the library that the folder is of; make the two the same");
            if (follows)
                (lowerCase, stripAccents) = (stated, settings.Flag("strip_accents"));
        }

        return new BertNormalizer(cleanText, splitIdeographs, stripAccents ?? lowerCase, lowerCase);
    }

    private static LowercaseNormalizer Lowercase(JsonFields fields, TokenizerSettings settings)
    {
        if (settings.Flag("do_lower_case") == false)
        {
            settings.Warnings.Add($"{fields.Place}type is Lowercase, but do_lower_case in {settings.ConfigPath} is false; "
                + "the former counts, as in the library that the folder is of; make the two the same");
        }

        return new LowercaseNormalizer();
    }

    private static string Shown(bool value) => value ? "true" : "false";

    private static PrecompiledNormalizer? Precompiled(JsonFields fields)
    {
        var encoded = fields.Text("precompiled_charsmap");
        var map = new byte[encoded.Length];
        if (Convert.TryFromBase64String(encoded, map, out var length))
            return new PrecompiledNormalizer(new CompiledCharacterMap(map.AsSpan(0, length)));
        fields.Problem("precompiled_charsmap", "is not base64; export the tokenizer again");
        return null;
    }

    private static INormalizer? Replace(JsonFields fields)
    {
        var content = fields.Text("content");
        var pattern = fields.OptionalObject("pattern");
        if (pattern?.OptionalText("String") is { Length: > 0 } text)
            return new ReplaceNormalizer(text, 0, content);

        // What most families want is a run of blanks, which needs no expression.
        if (pattern?.OptionalText("Regex") == BlankRun)
            return new ReplaceNormalizer(" ", 2, content);
        return ExpressionReader.Read(fields) is { } expression ? new ExpressionReplaceNormalizer(expression, content) : null;
    }

    private static INormalizer? Refuse(JsonFields fields, string type)
    {
        fields.Problem("type", $"is \"{type}\", known are {Known}");
        return null;
    }
}
