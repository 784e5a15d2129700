using StreamNer.Inference.Tokenization.AddedTokens;

namespace StreamNer.Inference.Tokenization.Files;

/// <summary>Collects the special tokens of a folder without a <c>tokenizer.json</c>, by the names that its settings give them.</summary>
/// <param name="path">The vocabulary's file, for problems.</param>
/// <param name="settings">The names.</param>
/// <param name="vocabulary">Gives a piece's id.</param>
/// <param name="problems">Receives what is missing.</param>
internal sealed class SpecialTokens(string path, TokenizerSettings settings, Func<string, int?> vocabulary, ICollection<string> problems)
{
    private readonly Dictionary<string, AddedToken> _tokens = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<AddedToken> _stated = settings.AddedTokens();

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

    /// <summary>All special tokens, and those that the folder's files add beside them.</summary>
    public List<AddedToken> WithAdded()
    {
        foreach (var token in _stated)
            _tokens[token.Content] = token;
        return [.. _tokens.Values];
    }

    private int? Find(string name) => _tokens.GetValueOrDefault(name)?.Id ?? vocabulary(name) ?? _stated.FirstOrDefault(token => token.Content == name)?.Id;

    private int Add(string name, int id, bool stripLeft)
    {
        _tokens.TryAdd(name, new AddedToken(name, id, SingleWord: false, stripLeft, StripRight: false, Normalized: false));
        return id;
    }
}
