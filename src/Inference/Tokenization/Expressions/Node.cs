namespace StreamNer.Inference.Tokenization.Expressions;

/// <summary>A part of a regular expression as it was read.</summary>
internal abstract record Node
{
    /// <summary>True when it may match without taking a character.</summary>
    public abstract bool MayBeEmpty { get; }

    /// <summary>How many code points it takes, where that is one number; else null.</summary>
    public abstract int? Length { get; }

    /// <summary>One code point of a set.</summary>
    public sealed record One(CharacterSet Set) : Node
    {
        public override bool MayBeEmpty => false;

        public override int? Length => 1;
    }

    /// <summary>Parts one behind the other.</summary>
    public sealed record Sequence(Node[] Parts) : Node
    {
        public override bool MayBeEmpty => Array.TrueForAll(Parts, part => part.MayBeEmpty);

        public override int? Length => Parts.Aggregate((int?)0, (sum, part) => sum + part.Length);
    }

    /// <summary>Parts one of which matches; the first that does counts.</summary>
    public sealed record Choice(Node[] Parts) : Node
    {
        public override bool MayBeEmpty => Array.Exists(Parts, part => part.MayBeEmpty);

        public override int? Length => Parts.Select(part => part.Length).Distinct().Count() == 1 ? Parts[0].Length : null;
    }

    /// <summary>A part over and over: as often as it can, or, when <paramref name="Lazy"/>, as seldom.</summary>
    /// <param name="Part">The part.</param>
    /// <param name="Least">Least number of times.</param>
    /// <param name="Most">Most times; null without limit.</param>
    /// <param name="Lazy">Takes as few as the rest allows.</param>
    public sealed record Repeat(Node Part, int Least, int? Most, bool Lazy) : Node
    {
        public override bool MayBeEmpty => Least == 0 || Part.MayBeEmpty;

        public override int? Length => Least == Most ? Least * Part.Length : null;
    }

    /// <summary>A part that must match here, or must not, and takes nothing.</summary>
    /// <param name="Part">The part.</param>
    /// <param name="Back">Code points that it begins before this place.</param>
    /// <param name="Negated">It must not match.</param>
    public sealed record Look(Node Part, int Back, bool Negated) : Node
    {
        public override bool MayBeEmpty => true;

        public override int? Length => 0;
    }

    /// <summary>A part whose first way counts: once it matched it isn't tried in another way.</summary>
    public sealed record Atomic(Node Part) : Node
    {
        public override bool MayBeEmpty => Part.MayBeEmpty;

        public override int? Length => Part.Length;
    }

    /// <summary>A place in the text.</summary>
    public sealed record Border(BorderKind Kind) : Node
    {
        public override bool MayBeEmpty => true;

        public override int? Length => 0;
    }
}

/// <summary>A place in the text that an expression can ask for.</summary>
internal enum BorderKind
{
    /// <summary><c>\A</c>.</summary>
    TextStart,

    /// <summary><c>\z</c>.</summary>
    TextEnd,

    /// <summary><c>\Z</c>.</summary>
    TextEndOrLastBreak,

    /// <summary><c>^</c>.</summary>
    LineStart,

    /// <summary><c>$</c>.</summary>
    LineEnd,

    /// <summary><c>\b</c>.</summary>
    Word,

    /// <summary><c>\B</c>.</summary>
    NoWord,
}
