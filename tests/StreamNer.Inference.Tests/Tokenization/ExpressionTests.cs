using CsCheck;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Expressions;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>
/// What <c>PartsTests</c>, which holds expressions against the reference, doesn't show: what is refused, and what a hostile one costs.
/// </summary>
public sealed class ExpressionTests
{
    [Theory]
    [InlineData("(", "opens a group that is never closed")]
    [InlineData("a)", "closes a group that was never opened")]
    [InlineData("[a", "opens a set that is never closed")]
    [InlineData("*a", "nothing before it to repeat")]
    [InlineData("(a?)*", "repeats a part that may be empty")]
    [InlineData("(?:){1000}", "repeats a part that may be empty")]
    [InlineData(@"\b+", "repeats a place or a look")]
    [InlineData("a{2}?", "has ? behind a count")]
    [InlineData("a{2000}", "repeats 2000 times, 1000 are the most")]
    [InlineData("a{3,2}", "repeats 3 to 2 times")]
    [InlineData("a{x}", "has { that begins no count")]
    [InlineData("(?<=a+)b", "looks back for a part whose length differs")]
    [InlineData(@"(a)\1", @"has \1, which is not known")]
    [InlineData(@"\p{Klingon}", @"has \p{Klingon}, known are general categories")]
    [InlineData("[[:alpha:]]", "has a set such as [:alpha:]")]
    [InlineData("[a&&b]", "has && in a set")]
    [InlineData("[b-a]", "has a range that ends before it begins")]
    [InlineData("(?x:a)", "has a group of a kind that is not known")]
    [InlineData("(?i:É)", "has letters beyond ASCII without regard to case")]
    [InlineData("(?i:ss)", "looks for \"ss\" without regard to case")]
    [InlineData(@"(?i:[\p{L}])", "in a set without regard to case")]
    [InlineData("((a{1000}){1000}){1000}", "is too large")]
    [InlineData(@"\", "ends with \\")]
    public void What_is_not_known_is_refused(string expression, string expected)
    {
        Assert.Null(Expression.Parse(expression, out var problem));
        Assert.Contains(expected, problem);
    }

    [Fact]
    public void A_thousand_nested_groups_are_refused() => Assert.Contains("nests more than", Problem(new string('(', 1_000)));

    [Fact]
    public void A_huge_expression_is_refused() => Assert.Contains("10001 characters, 10000 are the most", Problem(new string('a', 10_001)));

    /// <summary>Each takes for ever, or more memory than there is, in one engine or another.</summary>
    [Theory]
    [InlineData("(a+)+b")]
    [InlineData("(a|aa)+b")]
    [InlineData("(a*b|a)*c|x")]
    [InlineData("a*a*a*a*a*a*b")]
    [InlineData("(?=a*b)c")]
    [InlineData("a(?=(a|aa)*b)")]
    [InlineData("(?>a*)b")]
    [InlineData("(?:a{1,30}){1,30}b")]
    [InlineData("(?<=a{20})b|a*?c")]
    public void A_hostile_expression_ends_soon_whatever_the_text(string expression)
    {
        var text = new string('a', 200_000);
        if (Expression.Parse(expression, out _) is not { } parsed)
            return;
        var aligned = new AlignedText();
        aligned.Begin(text.Length);
        var start = Environment.CpuUsage.TotalTime;
        try
        {
            parsed.Cut(text, aligned.Scratch);
        }
        catch (TokenizationException refused)
        {
            Assert.Contains("300 steps for each character of the text", refused.Message);
        }

        Assert.InRange(Environment.CpuUsage.TotalTime - start, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.InRange(aligned.Scratch.Failed.Length + aligned.Scratch.Stack.Length, 0, 1 << 23);
    }

    [Fact]
    public void An_expression_that_was_stopped_leaves_nothing_behind()
    {
        var hostile = Expression.Parse("(?>a*)b", out _)!;
        var aligned = new AlignedText();
        aligned.Begin(200_000);
        Assert.Throws<TokenizationException>(() => hostile.Cut(new string('a', 200_000), aligned.Scratch));
        Assert.Equal(-1, aligned.Scratch.Failed.AsSpan().IndexOfAnyExcept(0UL));
        aligned.Begin(4);
        Expression.Parse("ab|a", out _)!.Cut("aab", aligned.Scratch);
        Assert.Equal([(0, 1), (1, 3)], aligned.Scratch.Parts.ToArray().Select(part => (part.From, part.To)));
    }

    [Fact]
    public void No_expression_makes_the_reader_throw_and_no_text_makes_it_overlap() =>
        Gen.Select(Gen.String["ab|*+?(){},[]^-\\.$:=!<>ipLwsd1é"], AnyText.Generator).Sample((expression, text) =>
        {
            if (Expression.Parse(expression, out _) is not { } parsed)
                return;
            var aligned = new AlignedText();
            aligned.Begin(text.Length);
            aligned.Load(text, 0, text.Length);
            parsed.Cut(aligned.Chars, aligned.Scratch);
            var at = 0;
            foreach (var part in aligned.Scratch.Parts)
            {
                Assert.Equal(at, part.From);
                Assert.InRange(part.To, at, text.Length);
                at = part.To;
            }

            Assert.Equal(text.Length, at);
        });

    private static string Problem(string expression)
    {
        Assert.Null(Expression.Parse(expression, out var problem));
        return problem;
    }
}
