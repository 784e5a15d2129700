namespace StreamNer.Inference.Tokenization.Expressions;

/// <summary>What a <see cref="Step"/> does.</summary>
internal enum StepKind : byte
{
    /// <summary>The expression, or the part that is looked for, has matched.</summary>
    Done,

    /// <summary>Takes one code point of the set, and goes to the next step.</summary>
    One,

    /// <summary>Takes all code points of the set that stand here, and goes to the next step.</summary>
    All,

    /// <summary>Goes to the first step and, if that leads nowhere, to the second.</summary>
    Fork,

    /// <summary>Goes to the first step.</summary>
    Jump,

    /// <summary>Goes to the second step if the first leads to an end, or if it does not.</summary>
    Look,

    /// <summary>Goes to the second step from where the first leads to.</summary>
    Atomic,

    /// <summary>Goes to the next step if the place is such a border.</summary>
    Border,
}

/// <summary>One step of an expression.</summary>
internal struct Step
{
    /// <summary>What it does.</summary>
    public StepKind Kind;

    /// <summary>The border.</summary>
    public BorderKind Border;

    /// <summary>It must not match.</summary>
    public bool Negated;

    /// <summary>Code points to go back before looking.</summary>
    public int Back;

    /// <summary>Number of the fork among the forks.</summary>
    public int Number;

    /// <summary>The step to go to first.</summary>
    public int First;

    /// <summary>The step to go to else.</summary>
    public int Second;

    /// <summary>What may be taken.</summary>
    public CharacterSet? Set;

    /// <summary>ASCII that the first way can begin with.</summary>
    public Ascii FirstBegins;

    /// <summary>ASCII that the second way can begin with.</summary>
    public Ascii SecondBegins;

    /// <summary>The entry of the stack that says that both ways of a fork failed.</summary>
    public static int Failure(int fork) => ~fork;

    /// <summary>The fork that such an entry is of.</summary>
    public static int Failed(int entry) => ~entry;

    /// <summary>Which of its ways a fork can take at a place of the text; cheap for ASCII, and nearly always one.</summary>
    public readonly (bool First, bool Second) MayTake(ReadOnlySpan<char> text, int at) =>
        at < text.Length && text[at] < 128 ? (FirstBegins.Has(text[at]), SecondBegins.Has(text[at])) : (true, true);

    /// <summary>Some of the ASCII characters.</summary>
    public readonly record struct Ascii(ulong Low, ulong High)
    {
        public static readonly Ascii All = new(ulong.MaxValue, ulong.MaxValue);

        public bool Has(char unit) => ((unit < 64 ? Low : High) >> (unit & 63) & 1) != 0;

        public Ascii Or(Ascii other) => new(Low | other.Low, High | other.High);
    }
}

/// <summary>Writes an expression out as steps.</summary>
internal sealed class StepWriter
{
    /// <summary>Most steps of an expression.</summary>
    public const int MostSteps = 4_000;

    private readonly List<Step> _steps = [];
    private readonly int _most;

    private StepWriter(int most) => _most = most;

    /// <summary>The steps; null when there are more than <paramref name="most"/>.</summary>
    public static Step[]? Write(Node node, int most = MostSteps)
    {
        var writer = new StepWriter(most);
        if (!writer.Add(node, last: true))
            return null;
        writer.Add(new Step { Kind = StepKind.Done });
        Step[] steps = [.. writer._steps];
        var forks = 0;
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i].Kind != StepKind.Fork)
                continue;
            steps[i].Number = forks++;
            steps[i].FirstBegins = Begins(steps, steps[i].First);
            steps[i].SecondBegins = Begins(steps, steps[i].Second);
        }

        return steps;
    }

    private int Add(Step step)
    {
        _steps.Add(step);
        return _steps.Count - 1;
    }

    /// <param name="node">What to write.</param>
    /// <param name="last">Nothing comes behind it, so what it takes need not be given back.</param>
    private bool Add(Node node, bool last)
    {
        if (_steps.Count > _most)
            return false;
        switch (node)
        {
            case Node.One one:
                Add(new Step { Kind = StepKind.One, Set = one.Set });
                return true;
            case Node.Sequence sequence:
                for (var i = 0; i < sequence.Parts.Length; i++)
                {
                    if (!Add(sequence.Parts[i], last && i == sequence.Parts.Length - 1))
                        return false;
                }

                return true;
            case Node.Choice choice:
                return AddChoice(choice, last);
            case Node.Repeat repeat:
                return AddRepeat(repeat, last);
            case Node.Look look:
                return AddApart(new Step { Kind = StepKind.Look, Back = look.Back, Negated = look.Negated }, look.Part);
            case Node.Atomic atomic:
                return AddApart(new Step { Kind = StepKind.Atomic }, atomic.Part);
            case Node.Border border:
                Add(new Step { Kind = StepKind.Border, Border = border.Kind });
                return true;
            default:
                throw new InvalidOperationException($"{node.GetType().Name} is no node that is known");
        }
    }

    private bool AddChoice(Node.Choice choice, bool last)
    {
        List<int> jumps = [];
        for (var i = 0; i < choice.Parts.Length; i++)
        {
            var isLast = i == choice.Parts.Length - 1;
            var fork = isLast ? -1 : Add(new Step { Kind = StepKind.Fork });
            if (!Add(choice.Parts[i], last))
                return false;
            if (isLast)
                continue;
            jumps.Add(Add(new Step { Kind = StepKind.Jump }));
            Lead(fork, fork + 1, _steps.Count);
        }

        foreach (var jump in jumps)
            Lead(jump, _steps.Count, 0);
        return true;
    }

    private bool AddRepeat(Node.Repeat repeat, bool last)
    {
        for (var i = 0; i < repeat.Least; i++)
        {
            if (!Add(repeat.Part, last: false))
                return false;
        }

        if (repeat.Most is { } most)
        {
            List<int> forks = [];
            for (var i = repeat.Least; i < most; i++)
            {
                forks.Add(Add(new Step { Kind = StepKind.Fork }));
                if (!Add(repeat.Part, last: false))
                    return false;
            }

            foreach (var fork in forks)
                Lead(fork, fork + 1, _steps.Count, repeat.Lazy);
            return true;
        }

        if (last && !repeat.Lazy && repeat.Part is Node.One one)
        {
            Add(new Step { Kind = StepKind.All, Set = one.Set });
            return true;
        }

        var loop = Add(new Step { Kind = StepKind.Fork });
        if (!Add(repeat.Part, last: false))
            return false;
        Lead(Add(new Step { Kind = StepKind.Jump }), loop, 0);
        Lead(loop, loop + 1, _steps.Count, repeat.Lazy);
        return true;
    }

    private bool AddApart(Step step, Node part)
    {
        var at = Add(step);
        if (!Add(part, last: true))
            return false;
        Add(new Step { Kind = StepKind.Done });
        Lead(at, at + 1, _steps.Count);
        return true;
    }

    private void Lead(int step, int first, int second, bool swapped = false)
    {
        var changed = _steps[step];
        (changed.First, changed.Second) = swapped ? (second, first) : (first, second);
        _steps[step] = changed;
    }

    /// <summary>The ASCII characters that a way can begin with; all where it may end without taking any.</summary>
    public static Step.Ascii Begins(Step[] steps, int from)
    {
        Stack<int> open = new([from]);
        HashSet<int> seen = [];
        var begins = default(Step.Ascii);
        while (open.TryPop(out var at))
        {
            if (!seen.Add(at))
                continue;
            ref readonly var step = ref steps[at];
            switch (step.Kind)
            {
                case StepKind.One:
                    begins = begins.Or(new Step.Ascii(step.Set!.Ascii0, step.Set.Ascii1));
                    break;
                case StepKind.Fork:
                    open.Push(step.First);
                    open.Push(step.Second);
                    break;
                case StepKind.Jump:
                    open.Push(step.First);
                    break;
                case StepKind.Look or StepKind.Border:
                    open.Push(step.Kind == StepKind.Look ? step.Second : at + 1);
                    break;
                default:
                    // An end, a run that may be empty, or a part that stands for itself.
                    return Step.Ascii.All;
            }
        }

        return begins;
    }
}
