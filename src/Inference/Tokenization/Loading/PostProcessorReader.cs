using System.Text.Json;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Reads the <c>post_processor</c> of a <c>tokenizer.json</c>.</summary>
internal static class PostProcessorReader
{
    private const string Known = "Sequence, BertProcessing, ByteLevel, RobertaProcessing, TemplateProcessing";

    /// <summary>What it puts around a text; nothing when the file has no post-processor.</summary>
    public static SpecialFrame Read(JsonFields root)
    {
        var frame = new SpecialFrame();
        if (root.OptionalObject("post_processor") is { } processor)
            Read(processor, frame);
        return frame;
    }

    private static void Read(JsonFields fields, SpecialFrame frame)
    {
        switch (fields.Text("type"))
        {
            case "TemplateProcessing":
                Template(fields, frame);
                break;
            case "BertProcessing":
                frame.Before.Add((PairId(fields, "cls"), 0));
                frame.After.Add((PairId(fields, "sep"), 0));
                break;
            case "RobertaProcessing":
                frame.Before.Add((PairId(fields, "cls"), 0));
                frame.After.Add((PairId(fields, "sep"), 0));
                Trimming(fields, frame);
                frame.IsRoberta = true;
                break;
            case "ByteLevel":
                fields.Skip("use_regex");
                Trimming(fields, frame);
                break;
            case "Sequence":
                foreach (var processor in fields.Objects("processors"))
                    Read(processor, frame);
                break;
            case var type:
                fields.Problem("type", $"is \"{type}\", known are {Known}");
                return;
        }

        fields.RefuseOthers();
    }

    private static void Trimming(JsonFields fields, SpecialFrame frame)
    {
        var trims = fields.Flag("trim_offsets", true);
        var addPrefixSpace = fields.Flag("add_prefix_space", true);
        if (!trims)
            return;
        if (frame.TrimsBlanks)
            fields.Problem("trim_offsets", "is true a second time; export the tokenizer again");
        (frame.TrimsBlanks, frame.AddsPrefixSpace) = (true, addPrefixSpace);
    }

    private static void Template(JsonFields fields, SpecialFrame frame)
    {
        fields.Skip("pair");
        var specialTokens = fields.OptionalObject("special_tokens");
        var textSeen = false;
        foreach (var part in fields.Objects("single"))
        {
            if (part.OptionalObject("SpecialToken") is { } token)
            {
                var type = token.Number("type_id", 0, 255);
                foreach (var id in TemplateIds(token, specialTokens))
                    (textSeen ? frame.After : frame.Before).Add((id, type));
            }
            else if (part.OptionalObject("Sequence") is { } sequence)
            {
                if (textSeen || sequence.Text("id") != "A")
                    part.Problem("Sequence", "must be the text \"A\", once");
                frame.Type = sequence.Number("type_id", 0, 255);
                textSeen = true;
            }
            else
            {
                part.RefuseOthers();
            }
        }

        if (!textSeen)
            fields.Problem("single", "has no place for the text; export the tokenizer again");
    }

    private static IEnumerable<int> TemplateIds(JsonFields token, JsonFields? specialTokens)
    {
        var name = token.Text("id");
        if (specialTokens?.OptionalObject(name) is not { } special)
        {
            token.Problem("id", $"is \"{name}\", which is not among special_tokens");
            yield break;
        }

        foreach (var (element, place) in special.Elements("ids"))
        {
            if (IsId(element, out var id))
                yield return id;
            else
                special.Problem(place, $"is {JsonFields.Named(element)}, it must be a whole number from 0 to {Vocabulary.MaxId}");
        }
    }

    /// <summary>The id of a pair <c>["[CLS]", 101]</c>.</summary>
    private static int PairId(JsonFields fields, string name)
    {
        var pair = fields.Elements(name).Select(part => part.Element).ToArray();
        if (pair.Length == 2 && IsId(pair[1], out var id))
            return id;
        fields.Problem(name, "must be an array of a piece and its id");
        return 0;
    }

    private static bool IsId(JsonElement element, out int id)
    {
        id = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out id) && id is >= 0 and <= Vocabulary.MaxId;
    }
}

/// <summary>What a post-processor puts around a text: ids and token types.</summary>
internal sealed class SpecialFrame
{
    /// <summary>Ids in front of the text, each with its token type.</summary>
    public List<(int Id, int Type)> Before { get; } = [];

    /// <summary>Ids behind the text, each with its token type.</summary>
    public List<(int Id, int Type)> After { get; } = [];

    /// <summary>Token type of the text.</summary>
    public int Type { get; set; }

    /// <summary>Blanks at the ends of byte-level pieces are taken out of their spans.</summary>
    public bool TrimsBlanks { get; set; }

    /// <summary>Says to the trimming that a blank was put in front of the text.</summary>
    public bool AddsPrefixSpace { get; set; }

    /// <summary>It is RoBERTa's own kind.</summary>
    public bool IsRoberta { get; set; }

    /// <summary>The special pieces, completed by what pads.</summary>
    public SpecialPieces Around(int pad, bool padLeft) =>
        new([.. Before.Select(piece => piece.Id)], [.. After.Select(piece => piece.Id)], pad)
        {
            BeforeTypes = [.. Before.Select(piece => piece.Type)],
            AfterTypes = [.. After.Select(piece => piece.Type)],
            Type = Type,
            PadLeft = padLeft,
        };
}
