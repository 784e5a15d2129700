namespace StreamNer.Inference.Rules;

/// <summary>A place where a rule fits; it becomes a match when no better one stands there.</summary>
/// <param name="Start">First character.</param>
/// <param name="End">First character behind it.</param>
/// <param name="Rule">Number of the rule in its file's order.</param>
internal readonly record struct RuleCandidate(int Start, int End, int Rule) : IComparable<RuleCandidate>
{
    /// <summary>The order in which candidates are chosen: the longest first, of equals the first in the text, then the first in the file.</summary>
    public int CompareTo(RuleCandidate other)
    {
        var byLength = (other.End - other.Start).CompareTo(End - Start);
        var byStart = byLength != 0 ? byLength : Start.CompareTo(other.Start);
        return byStart != 0 ? byStart : Rule.CompareTo(other.Rule);
    }
}
