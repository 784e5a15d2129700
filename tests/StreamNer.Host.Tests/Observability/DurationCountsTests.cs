using CsCheck;
using StreamNer.Host.Observability;

namespace StreamNer.Host.Tests.Observability;

public class DurationCountsTests
{
    [Fact]
    public void A_quantile_is_within_7_percent_of_a_duration_that_was_counted_there() =>
        Gen.Select(Gen.Double[-4.5, 3.4].Array[1, 200], Gen.Double[0.01, 1]).Sample((exponents, share) =>
        {
            var durations = Array.ConvertAll(exponents, exponent => Math.Pow(10, exponent));
            var counts = new DurationCounts();
            foreach (var duration in durations)
                counts.Add(duration);

            var found = DurationCounts.Quantiles([], counts.Read(), share)![0];

            // The duration at that rank lies in the bucket that was found, which is a sixteenth of an octave wide.
            var exact = durations.Order().ElementAt((int)Math.Clamp(Math.Ceiling(share * durations.Length) - 1, 0, durations.Length - 1));
            Assert.InRange(found / exact, 1 / 1.07, 1.07);
        });

    [Fact]
    public void Only_what_was_counted_since_the_last_reading_is_looked_at()
    {
        var counts = new DurationCounts();
        counts.Add(10);
        var before = counts.Read();
        counts.Add(0.1);

        Assert.InRange(DurationCounts.Quantiles(before, counts.Read(), 0.5)![0], 0.09, 0.11);
        Assert.Null(DurationCounts.Quantiles(counts.Read(), counts.Read(), 0.5));
    }

    [Fact]
    public void What_is_too_short_or_too_long_counts_as_the_nearest_that_is_known()
    {
        var counts = new DurationCounts();
        counts.Add(0);
        counts.Add(1e9);

        Assert.InRange(DurationCounts.Quantiles([], counts.Read(), 0.5)![0], 9e-6, 11e-6);
        Assert.InRange(DurationCounts.Quantiles([], counts.Read(), 1)![0], 3000, 4000);
    }
}
