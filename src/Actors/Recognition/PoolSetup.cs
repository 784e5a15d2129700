using StreamNer.Inference.Batching;
using StreamNer.Inference.Windows;

namespace StreamNer.Actors.Recognition;

/// <summary>What a node does in its cluster. Immutable, any thread.</summary>
/// <param name="Streams">It reads documents, and lets the lanes of every node compute for it.</param>
/// <param name="Infers">It has devices, whose lanes compute for every node.</param>
internal sealed record PoolSetup(bool Streams, bool Infers)
{
    /// <summary>Name of the role of nodes that read documents.</summary>
    public const string StreamRole = "stream";

    /// <summary>Name of the role of nodes that have devices.</summary>
    public const string InferenceRole = "inference";

    /// <summary>Its roles, as the cluster knows them.</summary>
    public IEnumerable<string> Roles
    {
        get
        {
            if (Streams)
                yield return StreamRole;
            if (Infers)
                yield return InferenceRole;
        }
    }

    /// <summary>Most bytes of one message between nodes.</summary>
    public const int MaxFrameBytes = 16 * 1024 * 1024;

    /// <summary>How often a source says what it believes, so that what the network lost is found.</summary>
    public static readonly TimeSpan AuditEvery = TimeSpan.FromSeconds(2);

    /// <summary>How often a source greets until it is answered.</summary>
    public static readonly TimeSpan GreetEvery = TimeSpan.FromSeconds(1);

    // A label and a score of each word, and what stands around them.
    private const int BytesOfWord = 10;

    /// <summary>What a batch for other nodes may cost: what the lanes want, and so little that its answer fits into a message.</summary>
    /// <param name="setup">The model's.</param>
    public static PaddedTokenBudget BudgetOf(RecognitionSetup setup) => Bounded(setup.Budget, setup);

    /// <summary>A budget, as some lanes want it, that one message can hold.</summary>
    /// <param name="wanted">What they want; another node may say anything.</param>
    /// <param name="setup">The model's.</param>
    public static PaddedTokenBudget Bounded(PaddedTokenBudget wanted, RecognitionSetup setup)
    {
        var fits = MaxFrameBytes / 2 / BytesOfScores(setup);
        return new PaddedTokenBudget(
            (int)Math.Max(Math.Min(wanted.MaxPaddedTokens, fits), setup.LongestWindow),
            Math.Clamp(wanted.MaxWindows, 1, MaxWindows),
            wanted.MaxPaddingShare is >= 0 and <= 1 ? wanted.MaxPaddingShare : setup.Budget.MaxPaddingShare,
            Math.Max(wanted.FreePaddingTokens, 0));
    }

    /// <summary>Says what keeps a model's answers from reaching other nodes; empty when nothing does, or there are none.</summary>
    /// <param name="setup">The model's.</param>
    public static IEnumerable<string> Problems(RecognitionSetup setup)
    {
        var bytes = setup.LongestWindow * BytesOfScores(setup);
        if (setup.Pool is not null && bytes > MaxFrameBytes)
        {
            yield return $"the scores of {setup.Labels.Labels.Length} labels for a window of {setup.LongestWindow} pieces take {bytes} "
                + $"bytes, a message between nodes holds {MaxFrameBytes}: lower {WindowOptions.Section}:MaxPieces to "
                + $"{MaxFrameBytes / BytesOfScores(setup)}";
        }
    }

    /// <summary>Most windows of one batch between nodes: a window of nothing is much larger in memory than on the wire.</summary>
    public const int MaxWindows = 65_536;

    /// <summary>Where the router of a model's lanes is found on every node.</summary>
    public static string RouterPath(string model) => $"/user/recognition/{RecognitionSetup.ActorNameOf(model)}/{RouterName}";

    /// <summary>Name of a router.</summary>
    public const string RouterName = "router";

    private static long BytesOfScores(RecognitionSetup setup) => BytesOfWord + (sizeof(float) * (long)setup.Labels.Labels.Length);
}
