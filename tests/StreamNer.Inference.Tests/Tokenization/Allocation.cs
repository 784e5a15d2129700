namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>What a step that is done again and again allocates.</summary>
internal static class Allocation
{
    private const int Rounds = 10;
    private const int StepsInRound = 100;

    /// <summary>
    /// Bytes of the round that allocated least. The runtime itself allocates now and then, when it compiles anew a method that has become
    /// hot; what the step allocates, it allocates each time.
    /// </summary>
    public static long Least(Action step)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < StepsInRound; i++)
                step();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
