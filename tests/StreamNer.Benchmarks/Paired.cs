using System.Diagnostics;

namespace StreamNer.Benchmarks;

/// <summary>Times two ways of doing one thing in turn, A B A B, so that a machine that slows down slows both.</summary>
internal static class Paired
{
    /// <summary>Runs both once to warm up, then in turn.</summary>
    /// <returns>Median seconds of each, and the median of the ratios of each pair: the speed of A over the speed of B.</returns>
    public static (double A, double B, double SpeedRatio) Time(int rounds, Action a, Action b)
    {
        a();
        b();
        var (secondsOfA, secondsOfB, ratios) = (new double[rounds], new double[rounds], new double[rounds]);
        for (var i = 0; i < rounds; i++)
        {
            secondsOfA[i] = Seconds(a);
            secondsOfB[i] = Seconds(b);
            ratios[i] = secondsOfB[i] / secondsOfA[i];
        }

        return (Median(secondsOfA), Median(secondsOfB), Median(ratios));
    }

    /// <summary>The middle value.</summary>
    public static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static double Seconds(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
