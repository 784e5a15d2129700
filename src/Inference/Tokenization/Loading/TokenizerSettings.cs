using System.Collections.Immutable;
using System.Text.Json;
using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.AddedTokens;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>
/// What stands beside a vocabulary: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c>.
/// </summary>
internal sealed class TokenizerSettings
{
    private const string ConfigName = "tokenizer_config.json";

    // Libraries write 1e30 for "no limit". No encoder of this kind reads more than a few thousand pieces.
    private const double NoLimit = 1_000_000;

    // Its first piece has a token type of its own, which only tokenizer.json says.
    private const string FunnelClass = "FunnelTokenizer";

    private static readonly string[] RobertaClasses =
        ["BartTokenizer", "BlenderbotTokenizer", "LEDTokenizer", "LongformerTokenizer", "MvpTokenizer", "RobertaTokenizer"];

    private static readonly string[] OtherPrefixSpaceClasses = ["BloomTokenizer", "CodeGenTokenizer", "DebertaTokenizer", "GPT2Tokenizer"];

    private readonly string _folder;
    private readonly ICollection<string> _problems;
    private readonly JsonFields? _config;
    private readonly JsonFields? _specialTokens;

    private TokenizerSettings(string folder, ICollection<string> problems)
    {
        _folder = folder;
        _problems = problems;
        _config = Optional(ConfigName);
        _specialTokens = Optional("special_tokens_map.json");
    }

    /// <summary>Classes that make of a <c>vocab.txt</c> what BERT's does.</summary>
    public static ImmutableArray<string> BertClasses { get; } =
    [
        "BertTokenizer", "ConvBertTokenizer", "DistilBertTokenizer", "DPRContextEncoderTokenizer", "DPRQuestionEncoderTokenizer",
        "DPRReaderTokenizer", "ElectraTokenizer", "LayoutLMTokenizer", "LxmertTokenizer", "MobileBertTokenizer", "MPNetTokenizer",
        "RealmTokenizer", "RetriBertTokenizer", "SplinterTokenizer", "SqueezeBertTokenizer",
    ];

    /// <summary>Reads the files of a folder; each of them may be missing.</summary>
    public static TokenizerSettings Read(string folder, ICollection<string> problems) => new(folder, problems);

    /// <summary>Where settings of this kind belong, for problems that name the way out.</summary>
    public string ConfigPath => Path.Combine(_folder, ConfigName);

    /// <summary>
    /// Name of the tokenizer's class in the library that wrote the folder, without its <c>Fast</c>; null when not stated.
    /// </summary>
    public string? ClassName
    {
        get
        {
            var name = _config?.OptionalText("tokenizer_class");
            return name is not null && name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^"Fast".Length] : name;
        }
    }

    /// <summary>Longest input in pieces, special ones included; null when not stated or without limit.</summary>
    public int? MaxPieces
    {
        get
        {
            if (_config?.OptionalReal("model_max_length") is not { } length || length > NoLimit)
                return null;
            if (length >= 1)
                return (int)length;
            _config.Problem("model_max_length", $"is {length}, it must be at least 1");
            return null;
        }
    }

    /// <summary>True when padding goes in front; null when not stated.</summary>
    public bool? PadLeft
    {
        get
        {
            var side = _config?.OptionalText("padding_side");
            if (side is not (null or "left" or "right"))
                _config!.Problem("padding_side", $"is \"{side}\", it must be left or right");
            return side is null ? null : side == "left";
        }
    }

    /// <summary>True or false from <c>tokenizer_config.json</c>, or null when not stated.</summary>
    public bool? Flag(string name) => _config?.OptionalFlag(name);

    /// <summary>A text from <c>tokenizer_config.json</c>, or null when not stated.</summary>
    public string? Text(string name) => _config?.OptionalText(name);

    /// <summary>The text of a special token such as <c>cls_token</c>; null when neither file states it.</summary>
    public string? SpecialToken(string name) => SpecialToken(_config, name) ?? SpecialToken(_specialTokens, name);

    /// <summary>Further special tokens; null when not stated.</summary>
    public IReadOnlyList<string>? AdditionalSpecialTokens => field ??= ReadAdditionalSpecialTokens();

    private List<string>? ReadAdditionalSpecialTokens()
    {
        const string Field = "additional_special_tokens";
        var file = _config?.Has(Field) == true ? _config : _specialTokens?.Has(Field) == true ? _specialTokens : null;
        if (file is null)
            return null;
        List<string> tokens = [];
        foreach (var (element, place) in file.Elements(Field))
        {
            var content = JsonFields.Member(element, "content") ?? element;
            if (JsonFields.TryText(content, out var token) && token.Length > 0)
                tokens.Add(token);
            else
                file.Problem(place, $"is {JsonFields.Named(element)}, it must be a text or an added token");
        }

        return tokens;
    }

    /// <summary>
    /// The tokens added to the vocabulary beside the special ones: <c>added_tokens_decoder</c>, else <c>added_tokens.json</c>.
    /// </summary>
    public IReadOnlyList<AddedToken> AddedTokens()
    {
        if (_config?.OptionalObject("added_tokens_decoder") is { } decoder)
            return [.. Decoded(decoder)];
        if (Optional("added_tokens.json") is not { } added)
            return [];
        HashSet<string> special = new(AdditionalSpecialTokens ?? [], StringComparer.Ordinal);
        return
        [
            .. Vocabulary.FromMap(added).Ids.Where(token => token.Key.Length > 0)
                .Select(token => Unstated(token.Key, token.Value, special.Contains(token.Key))),
        ];
    }

    /// <summary>What an operator should know though the folder can be used.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>True where the library that wrote the folder builds BERT's normalizer from <c>tokenizer_config.json</c>.</summary>
    /// <remarks>
    /// Its classes for BERT and relatives do so whatever <c>tokenizer.json</c> says (version 5 builds it anew in
    /// <c>BertTokenizer.__init__</c>, version 4 replaced it there where the two differed); without such a class <c>tokenizer.json</c> is
    /// taken as it is.
    /// </remarks>
    public bool BuildsBertNormalizer => ClassName is { } name && (name == FunnelClass || BertClasses.Contains(name));

    /// <summary>True where that library gives RoBERTa's post-processor the settings' <c>add_prefix_space</c>.</summary>
    public bool BuildsRobertaProcessor => RobertaClasses.Contains(ClassName);

    /// <summary>Whether that library takes words that were cut before only with <c>add_prefix_space</c>; null without a class.</summary>
    public bool? WantsPrefixSpaceForWords =>
        ClassName is { } name ? RobertaClasses.Contains(name) || OtherPrefixSpaceClasses.Contains(name) : null;

    /// <summary>Warns of a field of <c>tokenizer.json</c> and a setting that differ, and says which of them counts.</summary>
    public void WarnOfTwo(string field, bool? value, string setting, bool? stated, bool latterCounts) =>
        Warnings.Add($"{field} is {Shown(value)}, but {setting} in {ConfigPath} is {Shown(stated)}; "
            + $"{(latterCounts ? "the latter" : "the former")} counts, as in the library that the folder is of; make the two the same");

    /// <summary>Adds a problem with the folder.</summary>
    public void Problem(string message) => _problems.Add($"{_folder}: {message}");

    private static string Shown(bool? value) => value switch
    {
        null => "not stated",
        true => "true",
        false => "false",
    };

    // A token of which no file says more than its name and id.
    private static AddedToken Unstated(string content, int id, bool special) =>
        new(content, id, SingleWord: false, StripLeft: false, StripRight: false, Normalized: !special) { Special = special };

    private static IEnumerable<AddedToken> Decoded(JsonFields decoder)
    {
        foreach (var (name, _) in decoder.All())
        {
            if (decoder.OptionalObject(name) is not { } token)
                continue;
            if (!int.TryParse(name, out var id) || id is < 0 or > Vocabulary.MaxId)
                decoder.Problem(name, $"is no id, it must be a whole number from 0 to {Vocabulary.MaxId}");
            else if (AddedTokenReader.Read(token, id) is { } added)
                yield return added;
        }
    }

    private static string? SpecialToken(JsonFields? file, string name) => file?.Value(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } => file.OptionalObject(name)!.OptionalText("content"),
        _ => file.OptionalText(name),
    };

    private JsonFields? Optional(string name)
    {
        var path = Path.Combine(_folder, name);
        return File.Exists(path) ? JsonFields.Read(path, _problems) : null;
    }
}

/// <summary>Collects the special tokens of a folder without a <c>tokenizer.json</c>, by the names that its settings give them.</summary>
/// <param name="path">The vocabulary's file, for problems.</param>
/// <param name="settings">The names.</param>
/// <param name="vocabulary">Gives a piece's id.</param>
/// <param name="problems">Receives what is missing.</param>
internal sealed class SpecialTokens(string path, TokenizerSettings settings, Func<string, int?> vocabulary, ICollection<string> problems)
{
    private readonly Dictionary<string, AddedToken> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AddedToken> _stated = ByContent(settings.AddedTokens());

    /// <summary>Adds the token of a role and gives its id; a problem, and 0, when the vocabulary lacks it.</summary>
    public int Add(string role, string usual, bool stripLeft = false)
    {
        var name = settings.SpecialToken(role) ?? usual;
        if (Find(name) is { } id)
            return Add(name, id, stripLeft);
        problems.Add($"{path}: has no piece {name}, which is the {role}; add it, or name another piece as {role} in {settings.ConfigPath}");
        return 0;
    }

    /// <summary>Adds the token of a role when the vocabulary has it.</summary>
    public void AddOptional(string role, string usual, bool stripLeft = false)
    {
        var name = settings.SpecialToken(role) ?? usual;
        if (Find(name) is { } id)
            Add(name, id, stripLeft);
    }

    /// <summary>Adds the token of a role, with a new id behind the vocabulary when it lacks it.</summary>
    public int AddBehind(string role, string usual, ref int size, bool stripLeft = false) =>
        AddBehind(settings.SpecialToken(role) ?? usual, ref size, stripLeft);

    /// <summary>Adds a token, with a new id behind the vocabulary when it lacks it.</summary>
    public int AddBehind(string name, ref int size, bool stripLeft = false) => Add(name, Find(name) ?? size++, stripLeft);

    /// <summary>The size of a vocabulary together with what the folder's files add to it.</summary>
    public int SizeWithAdded(int size) => _stated.Values.Select(token => token.Id + 1).Append(size).Max();

    /// <summary>All special tokens, and those that the folder's files add beside them.</summary>
    public List<AddedToken> WithAdded()
    {
        foreach (var token in _stated.Values)
            _tokens[token.Content] = token;
        return [.. _tokens.Values];
    }

    private int? Find(string name) =>
        _tokens.GetValueOrDefault(name)?.Id ?? vocabulary(name) ?? _stated.GetValueOrDefault(name)?.Id;

    // Of two that are alike the later one counts.
    private static Dictionary<string, AddedToken> ByContent(IReadOnlyList<AddedToken> tokens)
    {
        Dictionary<string, AddedToken> byContent = new(StringComparer.Ordinal);
        foreach (var token in tokens)
            byContent[token.Content] = token;
        return byContent;
    }

    private int Add(string name, int id, bool stripLeft)
    {
        _tokens.TryAdd(
            name, new AddedToken(name, id, SingleWord: false, stripLeft, StripRight: false, Normalized: false) { Special = true });
        return id;
    }
}

/// <summary>Reads one added token with its options.</summary>
internal static class AddedTokenReader
{
    /// <summary>Reads the fields of a token whose id is known; null when it has no content, as the reference ignores it then.</summary>
    public static AddedToken? Read(JsonFields fields, int id)
    {
        fields.Skip("id", "__type");
        var special = fields.Flag("special", false);
        var token = new AddedToken(
            fields.Text("content"),
            id,
            SingleWord: fields.Flag("single_word", false),
            StripLeft: fields.Flag("lstrip", false),
            StripRight: fields.Flag("rstrip", false),
            Normalized: fields.Flag("normalized", !special))
        {
            Special = special,
        };
        fields.RefuseOthers();
        return token.Content.Length == 0 ? null : token;
    }
}
