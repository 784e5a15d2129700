using System.Text;

namespace StreamNer.Streams.Wire;

/// <summary>What <c>start</c>, <c>end</c> and <c>textLength</c> of an event count.</summary>
public enum OffsetUnit
{
    /// <summary>UTF-16 code units, as strings of C#, Java and JavaScript have them.</summary>
    Utf16,

    /// <summary>Unicode code points, as strings of Python have them.</summary>
    Codepoint,

    /// <summary>Bytes of UTF-8, as strings of Rust and Go have them.</summary>
    Utf8,
}

/// <summary>The units' names in events, requests and settings.</summary>
internal static class OffsetUnits
{
    /// <summary>All of them, for messages.</summary>
    public const string Names = "utf16, codepoint or utf8";

    /// <summary>The name that events have.</summary>
    public static string Name(this OffsetUnit unit) => unit switch
    {
        OffsetUnit.Codepoint => "codepoint",
        OffsetUnit.Utf8 => "utf8",
        _ => "utf16",
    };

    /// <summary>Reads a name; null when there is no such unit.</summary>
    public static OffsetUnit? Parse(string name) => name switch
    {
        "utf16" => OffsetUnit.Utf16,
        "codepoint" => OffsetUnit.Codepoint,
        "utf8" => OffsetUnit.Utf8,
        _ => null,
    };
}

/// <summary>Places of one text in another unit than UTF-16. Immutable.</summary>
/// <remarks>
/// Half of a surrogate pair counts as U+FFFD, which stands in its place wherever the text is written: one code point, three bytes.
/// </remarks>
internal sealed class OffsetScale
{
    /// <summary>Places are kept for every so many code units, and counted from there.</summary>
    private const int Step = 128;

    private readonly string _text;
    private readonly OffsetUnit _unit;
    private readonly int[] _places;

    private OffsetScale(string text, OffsetUnit unit)
    {
        _text = text;
        _unit = unit;
        _places = new int[(text.Length / Step) + 1];
        var place = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (at % Step == 0)
                _places[at / Step] = place;
            place += Width(at);
        }

        if (text.Length % Step == 0)
            _places[^1] = place;
    }

    /// <summary>The scale of a text; null where each place is the same in both units.</summary>
    public static OffsetScale? Create(string text, OffsetUnit unit) =>
        unit == OffsetUnit.Utf16 || Ascii.IsValid(text) ? null : new OffsetScale(text, unit);

    /// <summary>How many units lie before a place.</summary>
    /// <param name="index">The place in UTF-16 code units, 0 to the text's length.</param>
    public int At(int index)
    {
        var place = _places[index / Step];
        for (var at = index - (index % Step); at < index; at++)
            place += Width(at);
        return place;
    }

    /// <summary>The place in UTF-16 code units that has so many units before it: <see cref="At"/> the other way round.</summary>
    /// <param name="place">How many units; of more than the text has the place is its end.</param>
    public int IndexOf(int place)
    {
        var step = Array.BinarySearch(_places, place);
        var index = (step >= 0 ? step : Math.Max(0, ~step - 1)) * Step;
        var at = _places[index / Step];
        while (index < _text.Length && (at < place || Width(index) == 0))
            at += Width(index++);
        return index;
    }

    /// <summary>A pair counts where it begins.</summary>
    private int Width(int at)
    {
        var unit = _text[at];
        if (char.IsLowSurrogate(unit) && at > 0 && char.IsHighSurrogate(_text[at - 1]))
            return 0;
        if (_unit == OffsetUnit.Codepoint)
            return 1;
        return unit < 0x80 ? 1
            : unit < 0x800 ? 2
            : char.IsHighSurrogate(unit) && at + 1 < _text.Length && char.IsLowSurrogate(_text[at + 1]) ? 4
            : 3;
    }
}
