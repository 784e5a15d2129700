using System.Collections.Immutable;
using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Normalizing;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Reads the <c>normalizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class NormalizerReader
{
    private const string Part = "normalizer";
    private const string BlankRun = " {2,}";
    private const string Known =
        "Sequence, BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Precompiled, Prepend, Replace, Strip, StripAccents";

    /// <summary>The steps, in order; none when the file has none.</summary>
    public static ImmutableArray<INormalizer> Read(JsonFields root, TokenizerSettings settings)
    {
        List<INormalizer> steps = [];
        if (root.OptionalObject(Part) is { } normalizer)
            Add(normalizer, settings, steps);
        return [.. steps];
    }

    private static void Add(JsonFields fields, TokenizerSettings settings, List<INormalizer> steps)
    {
        var type = fields.Text("type");
        if (type == "Sequence")
        {
            foreach (var inner in fields.Objects("normalizers"))
                Add(inner, settings, steps);
            fields.RefuseOthers();
            return;
        }

        TokenizerJsonReader.CheckSteps(Part, steps.Count + 1);

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
            return;
        fields.RefuseOthers();
        steps.Add(step);
    }

    private static BertNormalizer Bert(JsonFields fields, TokenizerSettings settings)
    {
        var lowerCase = fields.Flag("lowercase", true);
        var stripAccents = fields.OptionalFlag("strip_accents");
        var cleanText = fields.Flag("clean_text", true);
        var splitIdeographs = fields.Flag("handle_chinese_chars", true);
        var follows = settings.BuildsBertNormalizer;
        if (settings.Flag("do_lower_case") is not { } stated)
        {
            // Version 4 of the library takes true for what isn't stated, and version 5 false.
            if (follows && !lowerCase)
            {
                settings.Warnings.Add($"{fields.Place}lowercase is false, but do_lower_case in {settings.ConfigPath} is not stated; "
                    + "the former counts, where version 4 of the library would lower the case; state it");
            }
        }
        else if (stated != lowerCase)
        {
            settings.WarnOfTwo($"{fields.Place}lowercase", lowerCase, "do_lower_case", stated, follows);
            lowerCase = follows ? stated : lowerCase;
        }

        // What the settings leave out the library doesn't take from here either.
        var accents = settings.Flag("strip_accents");
        if ((follows || accents is not null) && (accents ?? lowerCase) != (stripAccents ?? lowerCase))
            settings.WarnOfTwo($"{fields.Place}strip_accents", stripAccents, "strip_accents", accents, follows);
        var ideographs = settings.Flag("tokenize_chinese_chars");
        if ((follows || ideographs is not null) && (ideographs ?? true) != splitIdeographs)
        {
            settings.WarnOfTwo(
                $"{fields.Place}handle_chinese_chars", splitIdeographs, "tokenize_chinese_chars", ideographs, follows);
        }

        if (follows)
            (stripAccents, splitIdeographs) = (accents, ideographs ?? true);
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

        // A longer text is looked for as an expression, whose steps are bounded.
        if (pattern?.OptionalText("String") is { Length: > 0 and <= DoubleArrayTrie.LongestKey } text)
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
