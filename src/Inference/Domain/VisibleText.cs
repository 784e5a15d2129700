using System.Text;

namespace StreamNer.Inference.Domain;

/// <summary>Makes text of unknown origin safe to print: no escape sequence in it reaches the terminal.</summary>
/// <remarks>Every UTF-16 unit is replaced by exactly one, so that spans into the original stay right.</remarks>
internal static class VisibleText
{
    private const char ReplacementCharacter = '\uFFFD';
    private const char FirstControlPicture = '\u2400';
    private const char DeletePicture = '\u2421';

    /// <summary>Replaces control characters, text direction overrides and lone surrogates by visible signs.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="keepLines">Whether line feeds and tabs stay what they are.</param>
    public static string Of(string text, bool keepLines = true)
    {
        var first = IndexOfUnsafe(text, 0, keepLines);
        if (first < 0)
            return text;

        var visible = new StringBuilder(text);
        for (var at = first; at >= 0; at = IndexOfUnsafe(text, at + 1, keepLines))
            visible[at] = Picture(text[at]);
        return visible.ToString();
    }

    private static int IndexOfUnsafe(string text, int from, bool keepLines)
    {
        for (var i = from; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (IsUnsafe(c) && !(keepLines && (c is '\n' or '\t')))
                return i;
        }

        return -1;
    }

    private static bool IsUnsafe(char c) =>
        char.IsControl(c) || char.IsSurrogate(c) || IsDirectionOverride(c) || c is '\u2028' or '\u2029';

    /// <summary>Embeddings, overrides and isolates: they can show a line in another order than it is written.</summary>
    private static bool IsDirectionOverride(char c) => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static char Picture(char c) => c switch
    {
        < ' ' => (char)(FirstControlPicture + c),
        '\u007F' => DeletePicture,
        _ => ReplacementCharacter,
    };
}
