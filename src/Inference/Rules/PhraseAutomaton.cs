using System.Numerics;

namespace StreamNer.Inference.Rules;

/// <summary>
/// Finds any number of phrases in one pass over a text: the automaton of Aho and Corasick over words instead of characters.
/// </summary>
/// <remarks>
/// Immutable once built, any thread. A word of the text costs one look-up in the phrases' vocabulary, and where it stands there, two or
/// three more; so the time grows with the text, not with the number of phrases.
/// </remarks>
internal sealed class PhraseAutomaton
{
    private const int Blank = 0;
    private const int Root = 0;
    private const int None = -1;

    private readonly Dictionary<string, int> _vocabulary = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _units;
    private readonly Dictionary<(int State, int Unit), int> _next = [];
    private readonly List<int> _fallback = [Root];

    /// <summary>The phrase that ends in a state, or <see cref="None"/>.</summary>
    private readonly List<int> _phrase = [None];

    /// <summary>Units from the root to a state.</summary>
    private readonly List<int> _depth = [0];

    /// <summary>The longest shorter state that a phrase ends in, else the root.</summary>
    private readonly List<int> _shorter = [Root];

    private readonly bool _ignoreCase;
    private int[] _first = [];

    private PhraseAutomaton(bool ignoreCase)
    {
        _ignoreCase = ignoreCase;
        _units = _vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Longest unit of any phrase, in characters; a longer one of the text is in no phrase.</summary>
    public int LongestUnit { get; private set; }

    /// <summary>Units of the longest phrase, blanks included.</summary>
    public int LongestPhrase { get; private set; }

    /// <summary>Whether there is nothing to look for.</summary>
    public bool IsEmpty => LongestPhrase == 0;

    /// <summary>Builds the automaton.</summary>
    /// <param name="phrases">The phrases and the number by which a match names each. Of two equal ones the first counts.</param>
    /// <param name="ignoreCase">Whether capital and small letters are the same.</param>
    /// <param name="equal">Called for a phrase that is equal to an earlier one: the earlier number, the later.</param>
    public static PhraseAutomaton Build(IEnumerable<(string Phrase, int Number)> phrases, bool ignoreCase, Action<int, int> equal)
    {
        var automaton = new PhraseAutomaton(ignoreCase);
        foreach (var (phrase, number) in phrases)
        {
            if (automaton.Add(phrase, number) is { } earlier)
                equal(earlier, number);
        }

        automaton.Link();
        return automaton;
    }

    /// <summary>Finds every phrase in a text, also those inside one another.</summary>
    /// <param name="text">The text.</param>
    /// <param name="buffers">The caller's own.</param>
    /// <param name="found">Receives start, end and number of each, in order of their ends.</param>
    public void Find(ReadOnlySpan<char> text, PhraseBuffers buffers, List<RuleCandidate> found)
    {
        var starts = buffers.Starts;
        var mask = starts.Length - 1;
        var state = Root;
        var unit = 0;
        for (var at = 0; at < text.Length; unit++)
        {
            var start = at;
            var isBlank = PhraseUnits.Next(text, ref at);
            starts[unit & mask] = start;
            state = Step(state, isBlank ? Blank : UnitOf(text[start..at], buffers.Folding));
            if (state == Root)
                continue;

            for (var match = _phrase[state] == None ? _shorter[state] : state; match != Root; match = _shorter[match])
                found.Add(new RuleCandidate(starts[(unit - _depth[match] + 1) & mask], at, _phrase[match]));
        }
    }

    private int Step(int state, int unit)
    {
        if (unit == None)
            return Root;

        while (state != Root)
        {
            if (_next.TryGetValue((state, unit), out var next))
                return next;
            state = _fallback[state];
        }

        return _first[unit];
    }

    private int UnitOf(ReadOnlySpan<char> unit, Span<char> folding)
    {
        if (unit.Length > LongestUnit)
            return None;
        if (_ignoreCase)
            unit = CaseFolding.Fold(unit, folding);
        return _units.TryGetValue(unit, out var number) ? number : None;
    }

    /// <returns>The number of an equal phrase that was added before, else null.</returns>
    private int? Add(string phrase, int number)
    {
        var folding = new char[phrase.Length * 2];
        var state = Root;
        for (var at = 0; at < phrase.Length;)
        {
            var start = at;
            var unit = PhraseUnits.Next(phrase, ref at) ? Blank : Learn(phrase.AsSpan(start, at - start), folding);
            if (!_next.TryGetValue((state, unit), out var next))
            {
                next = _phrase.Count;
                _next.Add((state, unit), next);
                _phrase.Add(None);
                _depth.Add(_depth[state] + 1);
                _fallback.Add(Root);
                _shorter.Add(Root);
            }

            state = next;
        }

        LongestPhrase = Math.Max(LongestPhrase, _depth[state]);
        if (_phrase[state] != None)
            return _phrase[state];
        _phrase[state] = number;
        return null;
    }

    private int Learn(ReadOnlySpan<char> unit, Span<char> folding)
    {
        LongestUnit = Math.Max(LongestUnit, unit.Length);
        if (_ignoreCase)
            unit = CaseFolding.Fold(unit, folding);
        if (_units.TryGetValue(unit, out var number))
            return number;
        number = _vocabulary.Count + 1;
        _vocabulary.Add(unit.ToString(), number);
        return number;
    }

    /// <summary>
    /// Sets where each state goes on when its next unit does not fit: to the longest of its own endings that begins a phrase too.
    /// </summary>
    private void Link()
    {
        _first = new int[_vocabulary.Count + 1];
        foreach (var ((from, unit), to) in _next.OrderBy(edge => _depth[edge.Value]))
        {
            if (from == Root)
            {
                _first[unit] = to;
                continue;
            }

            _fallback[to] = Step(_fallback[from], unit);
            _shorter[to] = _phrase[_fallback[to]] == None ? _shorter[_fallback[to]] : _fallback[to];
        }
    }
}

/// <summary>What one caller of a <see cref="PhraseAutomaton"/> needs to look through texts, one at a time.</summary>
internal sealed class PhraseBuffers(PhraseAutomaton automaton)
{
    /// <summary>Starts of the last units of the text; a power of two that holds the longest phrase.</summary>
    public int[] Starts { get; } = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, automaton.LongestPhrase))];

    /// <summary>Room to fold the longest unit.</summary>
    public char[] Folding { get; } = new char[automaton.LongestUnit * 2];
}
