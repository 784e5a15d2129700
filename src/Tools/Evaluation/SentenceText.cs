using StreamNer.Inference.Domain;
using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Words;

namespace StreamNer.Tools.Evaluation;

/// <summary>A sentence's words put together as people write them, and where each stands.</summary>
/// <remarks>
/// A blank stands between two words, but none before a comma, a full stop or another mark that ends something, none behind an opening
/// bracket, none inside of quotation marks, none before <c>'s</c> and <c>n't</c>, and none between words of scripts that write none (Han,
/// Kana, Thai, Lao, Khmer, Myanmar).
/// </remarks>
/// <param name="Text">The text.</param>
/// <param name="Words">The span of each word.</param>
internal sealed record SentenceText(string Text, IReadOnlyList<TextSpan> Words)
{
    private const string Closing = ".,;:!?%)]}”’»›…、。，；：！？）］】」』";
    private const string Opening = "([{“‘«‹（［【「『$#";

    /// <summary>Puts words together.</summary>
    public static SentenceText Join(IReadOnlyList<string> words)
    {
        var text = new System.Text.StringBuilder();
        var spans = new TextSpan[words.Count];
        var (isQuoted, isFirstQuoted) = (false, false);
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            var isQuote = word is "\"" or "''" or "``";
            var closes = isQuote && isQuoted;
            if (i > 0 && !closes && !isFirstQuoted && !Touch(words[i - 1], word))
                text.Append(' ');
            spans[i] = new TextSpan(text.Length, text.Length + word.Length);
            text.Append(word);
            isFirstQuoted = isQuote && !closes;
            isQuoted = isQuote ? !closes : isQuoted;
        }

        return new SentenceText(text.ToString(), spans);
    }

    private static bool Touch(string before, string word)
    {
        if (before.Length == 0 || word.Length == 0)
            return false;
        return word.All(unit => Closing.Contains(unit, StringComparison.Ordinal))
            || before.All(unit => Opening.Contains(unit, StringComparison.Ordinal))
            || (word[0] is '\'' or '’' && word.Length > 1 && char.IsLetter(word[1]))
            || string.Equals(word, "n't", StringComparison.OrdinalIgnoreCase)
            || IsUnspaced(CodePoints.Before(before, before.Length, out _)) && IsUnspaced(CodePoints.At(word, 0, out _));
    }

    private static bool IsUnspaced(int codePoint) => Letters.IsUnspaced(codePoint);
}
