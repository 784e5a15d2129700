using System.Runtime.CompilerServices;
using System.Text;

namespace StreamNer.Inference.Tokenization.Characters;

/// <summary>What some code points become; the others stay as they are. Immutable, any thread.</summary>
internal sealed class CodePointMap
{
    /// <summary>Most texts that are different.</summary>
    public const int MostTexts = ushort.MaxValue;

    private const int PageSize = 256;

    // Two stages: page of the code point, cell in the page, index of the text. Page 0 and text 0 mean: not in the map.
    private readonly ushort[] _pageOf = new ushort[0x1100];
    private readonly ushort[] _cells;
    private readonly string?[] _texts;

    /// <summary>Makes the map of some code points, each with what it becomes; an empty text removes it.</summary>
    public CodePointMap(IReadOnlyDictionary<int, string> entries)
    {
        List<ushort> cells = [.. new ushort[PageSize]];
        List<string?> texts = [null];
        Dictionary<string, ushort> known = new(StringComparer.Ordinal);
        foreach (var (codePoint, text) in entries)
        {
            if (!known.TryGetValue(text, out var index))
            {
                known[text] = index = checked((ushort)texts.Count);
                texts.Add(text);
            }

            ref var page = ref _pageOf[codePoint / PageSize];
            if (page == 0)
            {
                page = (ushort)(cells.Count / PageSize);
                cells.AddRange(new ushort[PageSize]);
            }

            cells[page * PageSize + codePoint % PageSize] = index;
        }

        _cells = [.. cells];
        _texts = [.. texts];
    }

    /// <summary>What a code point becomes, or null when it stays as it is.</summary>
    public string? this[int codePoint]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _texts[_cells[_pageOf[codePoint >> 8] * PageSize + (codePoint & 0xFF)]];
    }

    /// <summary>Maps every code point of a text.</summary>
    public string Apply(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            result.Append(this[rune.Value] ?? rune.ToString());
        return result.ToString();
    }
}
