using StreamNer.Inference.Tokenization.Normalizing;
using StreamNer.Inference.Tokenization.Pipeline;
using StreamNer.Inference.Tokenization.Splitting;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Builds the tokenizer of a SentencePiece <c>.model</c>, for folders without a <c>tokenizer.json</c>.</summary>
/// <remarks>
/// The file alone doesn't say how its ids are numbered, how text is cleaned, or what stands around it: each class of the library that wrote
/// the folder has its own way, and this follows what that library's converters make of each.
/// </remarks>
internal static class SentencePieceFolderReader
{
    /// <summary>Names that such a file goes by.</summary>
    public static readonly string[] FileNames = ["sentencepiece.bpe.model", "spiece.model", "spm.model"];

    // Pieces that the library's own copies of special tokens, or ill-cut numbers, should never win against.
    private const double Downgrade = 100;

    private static readonly Dictionary<string, Layout> Layouts = new(StringComparer.Ordinal)
    {
        ["AlbertTokenizer"] = new AlbertLayout(),
        ["CamembertTokenizer"] = new CamembertLayout(),
        ["DebertaV2Tokenizer"] = new DebertaLayout(),
        ["XLMRobertaTokenizer"] = new XlmRobertaLayout(),
        ["XLNetTokenizer"] = new XlnetLayout(),
    };

    /// <summary>Reads the folder; null when there was a problem.</summary>
    public static IPieceTokenizer? Read(string path, TokenizerSettings settings, SubwordEngine engine, ICollection<string> problems)
    {
        var before = problems.Count;
        if (settings.ClassName is not { } className || !Layouts.TryGetValue(className, out var layout))
        {
            var stated = settings.ClassName is { } name ? $"is \"{name}\"" : "is not stated";
            settings.Problem($"tokenizer_class {stated} in {settings.ConfigPath}, known for {Path.GetFileName(path)} are "
                + $"{string.Join(", ", Layouts.Keys)}; export the tokenizer as {TokenizerJsonReader.FileName}");
            return null;
        }

        if (SentencePieceFile.Read(path, problems) is not { } file)
            return null;

        ModelReader.RefusePackage(engine, ModelReader.NotExactForUnigram, message => problems.Add($"{path}: {message}"));
        var (pieces, unknown) = layout.Vocabulary(file);
        var vocabulary = new Vocabulary();
        foreach (var (piece, _) in pieces)
            vocabulary.Set(piece, vocabulary.Size);
        var model = ModelReader.UnigramDraft(
            vocabulary,
            [.. pieces.Select(piece => piece.Score)],
            unknown,
            file.ByteFallback,
            message => problems.Add($"{path}: {message}"));

        var size = vocabulary.Size;
        var tokens = new SpecialTokens(path, settings, piece => vocabulary[piece], problems);
        var special = layout.Special(tokens, ref size) with { PadLeft = settings.PadLeft ?? layout.PadsLeft };
        foreach (var name in settings.AdditionalSpecialTokens ?? layout.AdditionalSpecialTokens)
            tokens.AddBehind(name, ref size);
        var addedTokens = tokens.WithAdded();
        var maxPieces = settings.MaxPieces;
        TokenizerJsonReader.CheckRoom(settings, special, maxPieces);
        var map = file.CharacterMap.Length == 0 ? null : new PrecompiledNormalizer(new CompiledCharacterMap(file.CharacterMap));
        INormalizer?[] normalizers = [.. layout.Normalizers(settings, map)];
        ISplitter[] splitters =
            [.. layout.Splitters(settings), new MetaspaceSplitter(MetaspaceSplitter.UsualSign, PrependScheme.Always, split: true)];
        if (model is null || problems.Count > before)
            return null;
        return new PipelineTokenizer(addedTokens, [.. normalizers.OfType<INormalizer>()])
        {
            Splitters = [.. splitters],
            Model = model.Build(),
            Blanks = vocabulary.Blanks(MetaspaceSplitter.UsualSign),
            Unknown = model.Unknown,
            VocabularySize = Math.Max(size, addedTokens.Max(token => token.Id) + 1),
            Special = special,
            MaxPieces = maxPieces,
        };
    }

    /// <summary>One class's way to read the file.</summary>
    private abstract class Layout
    {
        public virtual bool PadsLeft => false;

        public virtual string[] AdditionalSpecialTokens => [];

        /// <summary>The pieces in the order of the model's ids, and the id of the unknown one.</summary>
        public virtual (IReadOnlyList<(string Piece, double Score)> Pieces, int Unknown) Vocabulary(SentencePieceFile file) =>
            (file.Pieces, file.Unknown);

        public abstract IEnumerable<INormalizer?> Normalizers(TokenizerSettings settings, INormalizer? map);

        public virtual IEnumerable<ISplitter> Splitters(TokenizerSettings settings) => [];

        public abstract SpecialPieces Special(SpecialTokens tokens, ref int size);

        protected static ReplaceNormalizer Blanks(string content) => new(" ", 2, content);

        protected static SpecialPieces Around(int before, int after, int pad) =>
            new([before], [after], pad) { BeforeTypes = [0], AfterTypes = [0] };
    }

    /// <summary>fairseq's ids: four special pieces first, <c>&lt;mask&gt;</c> last, the file's own special ones left out.</summary>
    private class XlmRobertaLayout : Layout
    {
        public override (IReadOnlyList<(string Piece, double Score)> Pieces, int Unknown) Vocabulary(SentencePieceFile file) =>
            ([("<s>", 0), ("<pad>", 0), ("</s>", 0), ("<unk>", 0), .. file.Pieces.Skip(3), ("<mask>", 0)], 3);

        public override IEnumerable<INormalizer?> Normalizers(TokenizerSettings settings, INormalizer? map) =>
            [map, new StripNormalizer(left: false, right: true), Blanks(MetaspaceSplitter.UsualSign.ToString())];

        public override SpecialPieces Special(SpecialTokens tokens, ref int size)
        {
            var cls = tokens.Add("cls_token", "<s>");
            var sep = tokens.Add("sep_token", "</s>");
            var pad = tokens.Add("pad_token", "<pad>");
            tokens.Add("unk_token", "<unk>");
            tokens.AddBehind("mask_token", "<mask>", ref size, stripLeft: true);
            return Around(cls, sep, pad);
        }
    }

    /// <summary>As XLM-R, but the file's own special pieces stay, shadowed by those in front.</summary>
    private sealed class CamembertLayout : XlmRobertaLayout
    {
        public override (IReadOnlyList<(string Piece, double Score)> Pieces, int Unknown) Vocabulary(SentencePieceFile file) =>
            (
            [
                ("<s>NOTUSED", 0), ("<pad>", 0), ("</s>NOTUSED", 0), ("<unk>", 0), ("<unk>NOTUSED", -Downgrade),
                .. file.Pieces.Skip(1), ("<mask>", 0),
            ],
            3);
    }

    private sealed class DebertaLayout : Layout
    {
        public override IEnumerable<INormalizer?> Normalizers(TokenizerSettings settings, INormalizer? map) =>
        [
            settings.Flag("do_lower_case") == true ? new LowercaseNormalizer() : null,
            new StripNormalizer(left: true, right: true),
            map,
            Blanks(" "),
        ];

        public override IEnumerable<ISplitter> Splitters(TokenizerSettings settings) =>
            settings.Flag("split_by_punct") == true ? [new PunctuationSplitter(DelimiterBehavior.Isolated)] : [];

        public override SpecialPieces Special(SpecialTokens tokens, ref int size)
        {
            var cls = tokens.Add("cls_token", "[CLS]");
            var sep = tokens.Add("sep_token", "[SEP]");
            var pad = tokens.Add("pad_token", "[PAD]");
            tokens.Add("unk_token", "[UNK]");
            tokens.AddBehind("mask_token", "[MASK]", ref size);
            return Around(cls, sep, pad);
        }
    }

    /// <summary>Quotes made plain, accents and, in most models, case taken out.</summary>
    private sealed class AlbertLayout : Layout
    {
        public override (IReadOnlyList<(string Piece, double Score)> Pieces, int Unknown) Vocabulary(SentencePieceFile file) =>
            ([.. file.Pieces.Select(piece => (piece.Piece, piece.Score - (EndsInNumberComma(piece.Piece) ? Downgrade : 0)))], file.Unknown);

        public override IEnumerable<INormalizer?> Normalizers(TokenizerSettings settings, INormalizer? map) =>
            [.. Plain(settings), settings.Flag("do_lower_case") ?? true ? new LowercaseNormalizer() : null, map, Blanks(" ")];

        public override SpecialPieces Special(SpecialTokens tokens, ref int size)
        {
            var cls = tokens.Add("cls_token", "[CLS]");
            var sep = tokens.Add("sep_token", "[SEP]");
            var pad = tokens.Add("pad_token", "<pad>");
            tokens.Add("unk_token", "<unk>");
            tokens.AddOptional("bos_token", "[CLS]");
            tokens.AddOptional("eos_token", "[SEP]");
            tokens.AddBehind("mask_token", "[MASK]", ref size, stripLeft: true);
            return Around(cls, sep, pad);
        }

        public static IEnumerable<INormalizer> Plain(TokenizerSettings settings)
        {
            yield return new ReplaceNormalizer("``", 0, "\"");
            yield return new ReplaceNormalizer("''", 0, "\"");
            if (settings.Flag("keep_accents") == true)
                yield break;
            yield return UnicodeNormalizer.Nfkd;
            yield return new StripAccentsNormalizer(Characters.CodePointTraits.Combining);
        }

        private static bool EndsInNumberComma(string piece) => piece.Length >= 2 && piece[^1] == ',' && char.IsDigit(piece[^2]);
    }

    /// <summary>Special pieces behind the text, the last of a token type of its own, and padding in front.</summary>
    private sealed class XlnetLayout : Layout
    {
        private const int ClsType = 2;
        private const int PadTypeId = 3;

        public override bool PadsLeft => true;

        public override string[] AdditionalSpecialTokens => ["<eop>", "<eod>"];

        public override IEnumerable<INormalizer?> Normalizers(TokenizerSettings settings, INormalizer? map) =>
            [.. AlbertLayout.Plain(settings), settings.Flag("do_lower_case") == true ? new LowercaseNormalizer() : null, map, Blanks(" ")];

        public override SpecialPieces Special(SpecialTokens tokens, ref int size)
        {
            var cls = tokens.Add("cls_token", "<cls>");
            var sep = tokens.Add("sep_token", "<sep>");
            var pad = tokens.Add("pad_token", "<pad>");
            tokens.Add("unk_token", "<unk>");
            tokens.AddOptional("bos_token", "<s>");
            tokens.AddOptional("eos_token", "</s>");
            tokens.AddBehind("mask_token", "<mask>", ref size, stripLeft: true);
            return new SpecialPieces([], [sep, cls], pad) { AfterTypes = [0, ClsType], PadType = PadTypeId };
        }
    }
}
