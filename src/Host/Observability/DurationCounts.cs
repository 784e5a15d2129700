namespace StreamNer.Host.Observability;

/// <summary>Counts durations in buckets of equal relative width, 1/16 of an octave: a quantile read from it is right within 5 %.</summary>
/// <remarks>A fixed size, whatever is counted. <see cref="Add"/> costs a shift and an increment; any thread.</remarks>
internal sealed class DurationCounts
{
    // The exponent and the first four bits of the mantissa of a positive double are its bucket.
    private const int DroppedBits = 48;

    private static readonly int First = BucketOf(10e-6);
    private static readonly int Last = BucketOf(3600);

    private readonly long[] _counts = new long[Last - First + 1];

    /// <summary>Counts one duration. Outside of 10 µs and one hour it counts as the nearer of them.</summary>
    public void Add(double seconds) => Interlocked.Increment(ref _counts[Math.Clamp(BucketOf(seconds), First, Last) - First]);

    /// <summary>Copies the counts of all time.</summary>
    public long[] Read()
    {
        var copy = new long[_counts.Length];
        for (var i = 0; i < copy.Length; i++)
            copy[i] = Volatile.Read(ref _counts[i]);
        return copy;
    }

    /// <summary>Finds quantiles of what was counted between two readings.</summary>
    /// <param name="before">The earlier reading; empty for none.</param>
    /// <param name="after">The later reading.</param>
    /// <param name="shares">Which quantiles, 0 to 1, rising.</param>
    /// <returns>Seconds, one for each share; null when nothing was counted.</returns>
    public static double[]? Quantiles(ReadOnlySpan<long> before, ReadOnlySpan<long> after, params ReadOnlySpan<double> shares)
    {
        var counts = after.ToArray();
        for (var i = 0; i < before.Length; i++)
            counts[i] -= before[i];
        var total = counts.Sum();
        if (total == 0)
            return null;

        var found = new double[shares.Length];
        var (bucket, passed) = (0, 0L);
        for (var i = 0; i < found.Length; i++)
        {
            var rank = shares[i] * total;
            while (bucket < counts.Length - 1 && passed + counts[bucket] < rank)
                passed += counts[bucket++];
            var (lower, upper) = (LowerBound(bucket), LowerBound(bucket + 1));
            found[i] = counts[bucket] == 0 ? lower : lower + ((upper - lower) * (rank - passed) / counts[bucket]);
        }

        return found;
    }

    private static int BucketOf(double seconds) => (int)(BitConverter.DoubleToInt64Bits(Math.Max(seconds, 0)) >> DroppedBits);

    private static double LowerBound(int bucket) => BitConverter.Int64BitsToDouble((long)(First + bucket) << DroppedBits);
}
