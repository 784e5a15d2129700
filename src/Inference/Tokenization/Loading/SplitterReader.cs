using System.Collections.Immutable;
using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.Splitting;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Reads the <c>pre_tokenizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class SplitterReader
{
    private const string Part = "pre_tokenizer";
    private const string Known =
        "Sequence, BertPreTokenizer, ByteLevel, Digits, Metaspace, Punctuation, Split, Whitespace, WhitespaceSplit";

    /// <summary>The steps, in order; none when the file has none.</summary>
    public static ImmutableArray<ISplitter> Read(JsonFields root, TokenizerSettings settings)
    {
        List<ISplitter> steps = [];
        if (root.OptionalObject(Part) is { } splitter)
            Add(splitter, settings, steps, alone: true);

        // Behind it the reference sees bytes where there was text.
        if (steps.SkipLast(1).Any(step => step is ByteLevelSplitter))
            root.Problem(Part, "has a step behind ByteLevel, which must be the last one");
        return [.. steps];
    }

    private static void Add(JsonFields fields, TokenizerSettings settings, List<ISplitter> steps, bool alone)
    {
        var type = fields.Text("type");
        if (type == "Sequence")
        {
            foreach (var inner in fields.Objects("pretokenizers"))
                Add(inner, settings, steps, alone: false);
            fields.RefuseOthers();
            return;
        }

        TokenizerJsonReader.CheckSteps(Part, steps.Count + 1);

        ISplitter? step = type switch
        {
            "BertPreTokenizer" => new BertSplitter(),
            "ByteLevel" => ByteLevel(fields, settings, alone),
            "Digits" => new DigitSplitter(fields.Flag("individual_digits", false)),
            "Metaspace" => Metaspace(fields),
            "Punctuation" => Behavior(fields, "Isolated") is { } behavior ? new PunctuationSplitter(behavior) : null,
            "Split" => Split(fields),
            "Whitespace" => new WordCharacterSplitter(),
            "WhitespaceSplit" => new WhitespaceSplitter(),
            _ => Refuse(fields, type),
        };
        if (step is null)
            return;
        fields.RefuseOthers();
        steps.Add(step);
    }

    // The library puts what the settings state in its place, but doesn't look into a sequence.
    private static ByteLevelSplitter ByteLevel(JsonFields fields, TokenizerSettings settings, bool alone)
    {
        const string Field = "add_prefix_space";

        // Only the post-processor's trim_offsets moves spans.
        fields.Skip("trim_offsets");
        var addPrefixSpace = fields.Flag(Field, true);
        if (settings.Flag(Field) is { } stated && stated != addPrefixSpace)
        {
            settings.WarnOfTwo($"{fields.Place}{Field}", addPrefixSpace, Field, stated, latterCounts: alone);
            addPrefixSpace = alone ? stated : addPrefixSpace;
        }

        return new ByteLevelSplitter(addPrefixSpace, fields.Flag("use_regex", true));
    }

    private static MetaspaceSplitter? Metaspace(JsonFields fields)
    {
        fields.Skip("str_rep");
        var sign = fields.OptionalText("replacement") ?? "\u2581";
        var scheme = fields.OptionalText("prepend_scheme");
        var addPrefixSpace = fields.Flag("add_prefix_space", true);
        var split = fields.Flag("split", true);
        if (sign.Length != 1)
        {
            fields.Problem("replacement", $"is \"{sign}\", it must be one character of the basic plane");
            return null;
        }

        switch (scheme)
        {
            case null:
                return new MetaspaceSplitter(sign[0], addPrefixSpace ? PrependScheme.Always : PrependScheme.Never, split);
            case "always":
                return new MetaspaceSplitter(sign[0], PrependScheme.Always, split);
            case "first":
                return new MetaspaceSplitter(sign[0], PrependScheme.First, split);
            case "never":
                return new MetaspaceSplitter(sign[0], PrependScheme.Never, split);
            default:
                fields.Problem("prepend_scheme", $"is \"{scheme}\", known are always, first, never");
                return null;
        }
    }

    private static ExpressionSplitter? Split(JsonFields fields)
    {
        var behavior = Behavior(fields, fallback: null);
        var invert = fields.Flag("invert", false);
        return ExpressionReader.Read(fields) is { } expression && behavior is { } known
            ? new ExpressionSplitter(expression, known, invert)
            : null;
    }

    private static DelimiterBehavior? Behavior(JsonFields fields, string? fallback)
    {
        var name = fallback is null ? fields.Text("behavior") : fields.OptionalText("behavior") ?? fallback;
        if (Enum.GetNames<DelimiterBehavior>().Contains(name))
            return Enum.Parse<DelimiterBehavior>(name);
        fields.Problem("behavior", $"is \"{name}\", known are {string.Join(", ", Enum.GetNames<DelimiterBehavior>())}");
        return null;
    }

    private static ISplitter? Refuse(JsonFields fields, string type)
    {
        fields.Problem("type", $"is \"{type}\", known are {Known}");
        return null;
    }
}
