using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Expressions;

/// <summary>
/// A regular expression over code points that finds what Oniguruma, which the reference uses, finds. Immutable, any thread.
/// </summary>
/// <remarks>
/// It goes back where a way leads nowhere, as Oniguruma does, but no way twice: a place of the expression that failed at a place of the
/// text fails there for ever, since nothing is remembered from the way to it. What this leaves of expressions that are slow for some text
/// ends at a number of steps that no expression in use comes near.
/// </remarks>
internal sealed class Expression
{
    private const int NoMatch = -1;

    // Above so many bits, which are 8 MB, ways that failed are not remembered.
    private const long MostFailedBits = 1L << 26;

    private readonly Step[] _steps;
    private readonly int _forks;
    private readonly Step.Ascii _begins;

    private Expression(Step[] steps)
    {
        _steps = steps;
        _begins = StepWriter.Begins(steps, 0);
        _forks = steps.Count(step => step.Kind == StepKind.Fork);
    }

    /// <summary>Reads an expression; null, with the reason, when it holds what isn't known here.</summary>
    public static Expression? Parse(string expression, out string problem)
    {
        var parser = new ExpressionParser(expression);
        if (parser.Parse() is not { } node)
        {
            problem = parser.Problem;
            return null;
        }

        problem = "";
        if (StepWriter.Write(node) is { } steps)
            return new Expression(steps);
        problem = $"is too large: it takes more than {StepWriter.MostSteps} steps when its repetitions are written out";
        return null;
    }

    /// <summary>The expression that finds a text.</summary>
    /// <param name="text">Not empty.</param>
    public static Expression Literal(string text)
    {
        List<Node> nodes = [];
        foreach (var rune in text.EnumerateRunes())
        {
            var set = new CharacterSet.Builder();
            set.Add(rune.Value, rune.Value);
            nodes.Add(new Node.One(set.Build()));
        }

        return new Expression(StepWriter.Write(new Node.Sequence([.. nodes]), int.MaxValue)!);
    }

    /// <summary>Cuts a text into what the expression matches and what lies between.</summary>
    /// <param name="text">A text without lone surrogates.</param>
    /// <param name="scratch">Receives the parts.</param>
    /// <exception cref="TokenizationException">It takes too many steps.</exception>
    public void Cut(ReadOnlySpan<char> text, MatchScratch scratch)
    {
        scratch.ClearParts();
        var bits = (long)_forks * (text.Length + 1);
        var remembers = bits <= MostFailedBits;
        if (remembers && scratch.Failed.Length * 64L < bits)
            scratch.Failed = new ulong[Math.Max((bits + 63) / 64, scratch.Failed.Length * 2L)];
        try
        {
            Cut(new Run(this, text, scratch, remembers), text, scratch);
        }
        finally
        {
            if (remembers)
                scratch.Failed.AsSpan(0, (int)((bits + 63) / 64)).Clear();
        }
    }

    private static void Cut(Run run, ReadOnlySpan<char> text, MatchScratch scratch)
    {
        var (done, at, lastEnd) = (0, 0, NoMatch);
        while (run.Find(at, out var start, out var end))
        {
            // An empty match right behind the last one would be found for ever.
            if (start == end && end == lastEnd)
            {
                if (end >= text.Length)
                    break;
                at = end + Length(text, end);
                continue;
            }

            if (done < start)
                scratch.Add(done, start, isMatch: false);
            scratch.Add(start, end, isMatch: true);
            (done, at, lastEnd) = (end, end, end);
        }

        if (done < text.Length)
            scratch.Add(done, text.Length, isMatch: false);
    }

    private static int Length(ReadOnlySpan<char> text, int at)
    {
        CodePoints.At(text, at, out var length);
        return length;
    }

    /// <summary>The expression at work on one text.</summary>
    private readonly ref struct Run(Expression expression, ReadOnlySpan<char> text, MatchScratch scratch, bool remembers)
    {
        private readonly ReadOnlySpan<Step> _steps = expression._steps;
        private readonly ReadOnlySpan<char> _text = text;
        private readonly Step.Ascii _begins = expression._begins;

        /// <summary>Finds the first match that begins at <paramref name="from"/> or behind it.</summary>
        public bool Find(int from, out int start, out int end)
        {
            for (start = from; start <= _text.Length; start += start < _text.Length ? Length(_text, start) : 1)
            {
                if (start < _text.Length && _text[start] < 128 && !_begins.Has(_text[start]))
                    continue;
                end = Match(0, start, 0);
                if (end != NoMatch)
                    return true;
            }

            end = NoMatch;
            return false;
        }

        /// <summary>Where the way from a step and a place of the text ends; <see cref="NoMatch"/> when there is none.</summary>
        /// <param name="step">Number of the step.</param>
        /// <param name="at">Place in the text.</param>
        /// <param name="depth">Entries of the stack that belong to others.</param>
        private int Match(int step, int at, int depth)
        {
            var top = depth;
            while (true)
            {
                if (--scratch.StepsLeft < 0)
                    ThrowTooManySteps();
                ref readonly var now = ref _steps[step];
                switch (now.Kind)
                {
                    case StepKind.One:
                        if (at < _text.Length && now.Set!.Has(CodePoints.At(_text, at, out var length)))
                        {
                            at += length;
                            step++;
                            continue;
                        }

                        break;
                    case StepKind.All:
                        var before = at;
                        while (at < _text.Length && now.Set!.Has(CodePoints.At(_text, at, out length)))
                            at += length;
                        scratch.StepsLeft -= at - before;
                        step++;
                        continue;
                    case StepKind.Fork:
                        var (first, second) = now.MayTake(_text, at);
                        if (first != second)
                        {
                            step = first ? now.First : now.Second;
                            continue;
                        }

                        if (!first || HasFailed(now.Number, at))
                            break;
                        Push(ref top, Step.Failure(now.Number), at);
                        Push(ref top, now.Second, at);
                        step = now.First;
                        continue;
                    case StepKind.Jump:
                        step = now.First;
                        continue;
                    case StepKind.Look:
                        var from = now.Back == 0 ? at : Back(at, now.Back);
                        if ((from >= 0 && Match(now.First, from, top) != NoMatch) != now.Negated)
                        {
                            step = now.Second;
                            continue;
                        }

                        break;
                    case StepKind.Atomic:
                        if (Match(now.First, at, top) is var behind and not NoMatch)
                        {
                            (at, step) = (behind, now.Second);
                            continue;
                        }

                        break;
                    case StepKind.Border:
                        if (IsAt(now.Border, at))
                        {
                            step++;
                            continue;
                        }

                        break;
                    default:
                        return at;
                }

                // A dead end: back to the last fork with a way left. Where both ways of one failed, it is remembered.
                while (true)
                {
                    if (top == depth)
                        return NoMatch;
                    at = scratch.Stack[--top];
                    step = scratch.Stack[--top];
                    if (step >= 0)
                        break;
                    Fail(Step.Failed(step), at);
                }
            }
        }

        private void Push(ref int top, int step, int at)
        {
            if (top + 2 > scratch.Stack.Length)
                Array.Resize(ref scratch.Stack, scratch.Stack.Length * 2);
            scratch.Stack[top++] = step;
            scratch.Stack[top++] = at;
        }

        private bool HasFailed(int fork, int at)
        {
            if (!remembers)
                return false;
            var bit = (long)fork * (_text.Length + 1) + at;
            return (scratch.Failed[bit >> 6] >> (int)(bit & 63) & 1) != 0;
        }

        private void Fail(int fork, int at)
        {
            if (!remembers)
                return;
            var bit = (long)fork * (_text.Length + 1) + at;
            scratch.Failed[bit >> 6] |= 1UL << (int)(bit & 63);
        }

        /// <summary>The place so many code points before; -1 when the text has none.</summary>
        private int Back(int at, int codePoints)
        {
            for (; codePoints > 0; codePoints--)
            {
                if (at == 0)
                    return -1;
                CodePoints.Before(_text, at, out var length);
                at -= length;
            }

            return at;
        }

        private bool IsAt(BorderKind border, int at) => border switch
        {
            BorderKind.TextStart => at == 0,
            BorderKind.TextEnd => at == _text.Length,
            BorderKind.TextEndOrLastBreak => at == _text.Length || (at == _text.Length - 1 && _text[at] == '\n'),
            BorderKind.LineStart => at == 0 || (_text[at - 1] == '\n' && at < _text.Length),
            BorderKind.LineEnd => at == _text.Length || _text[at] == '\n',
            _ => (IsWordBefore(at) != IsWordAt(at)) == (border == BorderKind.Word),
        };

        private bool IsWordBefore(int at) =>
            at > 0 && (CodePoints.ClassesOf(CodePoints.Before(_text, at, out _)) & CodePointClasses.Word) != 0;

        private bool IsWordAt(int at) =>
            at < _text.Length && (CodePoints.ClassesOf(CodePoints.At(_text, at, out _)) & CodePointClasses.Word) != 0;

        private static void ThrowTooManySteps() => throw new TokenizationException(
            "a regular expression of the tokenizer.json takes more than "
            + $"{MatchScratch.StepsPerUnit} steps for each character of the text and {MatchScratch.LeastSteps} beside: "
            + "it goes back too often, or the text was made for it to");
    }
}
