using System.Numerics;

namespace StreamNer.Inference.Rules;

/// <summary>What one caller of a <see cref="PhraseAutomaton"/> needs to look through texts, one at a time.</summary>
internal sealed class PhraseBuffers(PhraseAutomaton automaton)
{
    /// <summary>Starts of the last units of the text; a power of two that holds the longest phrase.</summary>
    public int[] Starts { get; } = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, automaton.LongestPhrase))];

    /// <summary>Room to fold the longest unit.</summary>
    public char[] Folding { get; } = new char[automaton.LongestUnit * 2];
}
