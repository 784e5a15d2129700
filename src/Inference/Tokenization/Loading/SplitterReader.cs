using System.Collections.Immutable;
using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.Splitting;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Reads the <c>pre_tokenizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class SplitterReader
{
    private const string Known = "Sequence, BertPreTokenizer, ByteLevel, Metaspace, Punctuation, WhitespaceSplit";

    /// <summary>The steps, in order; none when the file has none.</summary>
    public static ImmutableArray<ISplitter> Read(JsonFields root) =>
        root.OptionalObject("pre_tokenizer") is { } splitter ? [.. Steps(splitter)] : [];

    private static IEnumerable<ISplitter> Steps(JsonFields fields)
    {
        var type = fields.Text("type");
        if (type == "Sequence")
        {
            var steps = fields.Objects("pretokenizers").SelectMany(Steps).ToArray();
            fields.RefuseOthers();
            return steps;
        }

        ISplitter? step = type switch
        {
            "BertPreTokenizer" => new BertSplitter(),
            "ByteLevel" => ByteLevel(fields),
            "Metaspace" => Metaspace(fields),
            "Punctuation" => Punctuation(fields),
            "WhitespaceSplit" => new WhitespaceSplitter(),
            _ => Refuse(fields, type),
        };
        if (step is null)
            return [];
        fields.RefuseOthers();
        return [step];
    }

    private static ByteLevelSplitter ByteLevel(JsonFields fields)
    {
        // Only the post-processor's trim_offsets moves spans.
        fields.Skip("trim_offsets");
        return new ByteLevelSplitter(fields.Flag("add_prefix_space", true), fields.Flag("use_regex", true));
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

    private static PunctuationSplitter? Punctuation(JsonFields fields)
    {
        var behavior = fields.OptionalText("behavior") ?? "Isolated";
        if (behavior == "Isolated")
            return new PunctuationSplitter();
        fields.Problem("behavior", $"is \"{behavior}\", known is Isolated");
        return null;
    }

    private static ISplitter? Refuse(JsonFields fields, string type)
    {
        fields.Problem("type", $"is \"{type}\", known are {Known}");
        return null;
    }
}
