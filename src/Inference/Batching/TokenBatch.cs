using StreamNer.Inference.Windows;

namespace StreamNer.Inference.Batching;

/// <summary>Windows that are computed in one run, all padded to the longest. Immutable.</summary>
internal sealed class TokenBatch
{
    public TokenBatch(IReadOnlyList<TokenWindow> windows)
    {
        if (windows.Count == 0)
            throw new ArgumentException("a batch holds at least one window", nameof(windows));

        Windows = windows;
        foreach (var window in windows)
        {
            Width = Math.Max(Width, window.Length);
            Tokens += window.Length;
            NeedsLogits |= window.Owner.Rules.NeedsLogits;
        }
    }

    public IReadOnlyList<TokenWindow> Windows { get; }

    /// <summary>Length of the longest window in tokens.</summary>
    public int Width { get; }

    /// <summary>Whether a window is read by more than the best label of each piece.</summary>
    public bool NeedsLogits { get; }

    /// <summary>Sum of the windows' lengths in tokens, special pieces included.</summary>
    public int Tokens { get; }

    /// <summary>What is computed, padding included.</summary>
    public int PaddedTokens => Width * Windows.Count;

    /// <summary>Padding as a share of what is computed, 0..1.</summary>
    public double PaddingShare => 1 - (double)Tokens / PaddedTokens;
}
