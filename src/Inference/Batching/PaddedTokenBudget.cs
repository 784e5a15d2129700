namespace StreamNer.Inference.Batching;

/// <summary>What one batch may cost: a batch is computed at its longest window's length times its count, padding included.</summary>
/// <param name="MaxPaddedTokens">Most tokens, padding included. A single window may always go, whatever its length.</param>
/// <param name="MaxWindows">Most windows.</param>
/// <param name="MaxPaddingShare">Most padding as a share of the padded tokens, 0..1.</param>
/// <param name="FreePaddingTokens">Up to this padded size a batch may hold any padding, since a run's fixed cost outweighs it.</param>
internal readonly record struct PaddedTokenBudget(
    int MaxPaddedTokens, int MaxWindows, double MaxPaddingShare = 1, int FreePaddingTokens = 0)
{
    /// <summary>True when a batch of this shape may be sent.</summary>
    /// <param name="windows">Number of windows.</param>
    /// <param name="longest">Length of the longest one, in tokens.</param>
    /// <param name="tokens">Sum of all lengths, in tokens.</param>
    public bool Allows(int windows, int longest, long tokens)
    {
        var padded = (long)longest * windows;
        return windows <= 1
            || windows <= MaxWindows
            && padded <= MaxPaddedTokens
            && (padded <= FreePaddingTokens || padded - tokens <= MaxPaddingShare * padded);
    }
}
