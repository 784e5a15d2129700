using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.Expressions;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Reads a <c>pattern</c>: a text, <c>{"String": "..."}</c>, or a regular expression, <c>{"Regex": "..."}</c>.</summary>
internal static class ExpressionReader
{
    private const int MostChars = 10_000;

    /// <summary>The expression; null, with a problem, when there is none that is known.</summary>
    public static Expression? Read(JsonFields fields)
    {
        var pattern = fields.OptionalObject("pattern");
        if (pattern?.OptionalText("String") is { Length: > 0 and <= MostChars } text)
            return Expression.Literal(text);
        if (pattern?.OptionalText("Regex") is not { } expression)
        {
            fields.Problem("pattern", $"must hold a String of 1 to {MostChars} characters or a Regex");
            return null;
        }

        var read = Expression.Parse(expression, out var problem);
        if (read is null)
            pattern.Problem("Regex", $"is \"{JsonFields.Shortened(expression)}\", which {problem}");
        return read;
    }
}
