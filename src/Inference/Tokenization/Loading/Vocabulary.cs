using System.Collections.Immutable;
using System.Text.Json;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>The pieces of a vocabulary and their ids, while the files are being read.</summary>
internal sealed class Vocabulary
{
    /// <summary>Highest id that is believed. The largest vocabularies in use have a quarter of it.</summary>
    public const int MaxId = 1_048_575;

    private const int ProblemsShown = 3;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>The pieces with their ids.</summary>
    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>Highest id plus one.</summary>
    public int Size { get; private set; }

    /// <summary>Id of a piece, or null.</summary>
    public int? this[string piece] => _ids.TryGetValue(piece, out var id) ? id : null;

    /// <summary>Ids of the pieces that are nothing but one sign, once or more.</summary>
    public ImmutableArray<int> Blanks(char sign) =>
        [.. _ids.Where(piece => piece.Key.Length > 0 && !piece.Key.AsSpan().ContainsAnyExcept(sign)).Select(piece => piece.Value)];

    /// <summary>Adds a piece; a later one takes the id of an equal one before it.</summary>
    public void Set(string piece, int id)
    {
        _ids[piece] = id;
        Size = Math.Max(Size, id + 1);
    }

    /// <summary>Reads an object <c>{piece: id}</c>.</summary>
    public static Vocabulary FromMap(JsonFields map)
    {
        var vocabulary = new Vocabulary();
        Dictionary<int, string> seen = [];
        var wrong = 0;
        foreach (var (piece, value) in map.All())
        {
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var id) || id is < 0 or > MaxId)
                Report(piece, $"has the id {JsonFields.Named(value)}, it must be a whole number from 0 to {MaxId}");
            else if (!seen.TryAdd(id, piece) && seen[id] != piece)
                Report(piece, $"has the id {id}, which \"{seen[id]}\" has too; each piece must have an id of its own");
            else
                vocabulary.Set(piece, id);
        }

        if (wrong > ProblemsShown)
            map.Problem("", $"has {wrong - ProblemsShown} more ids like these");
        return vocabulary;

        void Report(string piece, string message)
        {
            if (++wrong <= ProblemsShown)
                map.Problem($"\"{piece}\"", message);
        }
    }
}
