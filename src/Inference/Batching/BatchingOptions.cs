namespace StreamNer.Inference.Batching;

/// <summary>How windows are put together into batches.</summary>
public sealed record BatchingOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "StreamNer:Batching";

    /// <summary>
    /// Size of one batch in tokens, padding included; 0, the default, is 1024 on CPU lanes and 16384 on GPU lanes, or one window
    /// where that is longer. Higher makes better use of a GPU and costs memory and latency; on a CPU it gains nothing. Must hold one
    /// window.
    /// </summary>
    public int MaxPaddedTokens { get; init; }

    /// <summary>Most windows of one batch. Default 256.</summary>
    public int MaxWindows { get; init; } = 256;

    /// <summary>
    /// Most padding in a batch, as a share of its tokens, 0..1. Default 0.05. Lower computes less for nothing; higher makes fuller batches.
    /// </summary>
    public double MaxPaddingShare { get; init; } = 0.05;

    /// <summary>
    /// Padded size in tokens up to which padding is free, because a run's fixed cost outweighs it; 0, the default, is 64 on CPU lanes
    /// and 1024 on GPU lanes.
    /// </summary>
    public int FreePaddingTokens { get; init; }

    /// <summary>
    /// Longest wait of the oldest queued window before a batch that isn't full is handed to a lane that still computes its last one.
    /// An idle lane never waits. Default 8 ms.
    /// </summary>
    public TimeSpan MaxBatchWait { get; init; } = TimeSpan.FromMilliseconds(8);

    /// <summary>
    /// Tokens that may wait or be computed at once; documents beyond it are not cut into pieces yet. One document may exceed it alone.
    /// Default 262144. Higher lets the batcher choose among more lengths and costs memory and latency.
    /// </summary>
    public int MaxQueuedTokens { get; init; } = 262_144;

    /// <summary>What <see cref="MaxPaddedTokens"/> is on a processor unless it is set.</summary>
    private const int CpuPaddedTokens = 1_024;

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (MaxPaddedTokens < 0)
            yield return $"{Section}:MaxPaddedTokens is {MaxPaddedTokens}, it must be 0 (by device) or more";
        if (MaxWindows < 1)
            yield return $"{Section}:MaxWindows is {MaxWindows}, it must be 1 or more";
        if (MaxPaddingShare is not (>= 0 and <= 1))
            yield return $"{Section}:MaxPaddingShare is {MaxPaddingShare}, it must be between 0 and 1";
        if (FreePaddingTokens < 0)
            yield return $"{Section}:FreePaddingTokens is {FreePaddingTokens}, it must be 0 (by device) or more";
        if (MaxBatchWait < TimeSpan.Zero || MaxBatchWait > TimeSpan.FromSeconds(10))
            yield return $"{Section}:MaxBatchWait is {MaxBatchWait}, it must be between 0 and 10 seconds";
        var least = MaxPaddedTokens > 0 ? MaxPaddedTokens : CpuPaddedTokens;
        if (MaxQueuedTokens < least)
        {
            yield return $"{Section}:MaxQueuedTokens is {MaxQueuedTokens}, it must be at least {Section}:MaxPaddedTokens, {least}"
                + (MaxPaddedTokens > 0 ? "" : " where that is 0");
        }
    }

    /// <summary>The budget of a batch for a kind of device and a model's longest window, in tokens.</summary>
    internal PaddedTokenBudget Budget(bool gpu, int longestWindow) => new(
        MaxPaddedTokens > 0 ? MaxPaddedTokens : Math.Max(gpu ? 16_384 : CpuPaddedTokens, longestWindow),
        MaxWindows,
        MaxPaddingShare,
        FreePaddingTokens > 0 ? FreePaddingTokens : gpu ? 1_024 : 64);
}
