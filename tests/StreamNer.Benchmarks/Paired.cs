using System.Diagnostics;

namespace StreamNer.Benchmarks;

/// <summary>Times two ways of doing one thing in turn, A B A B, so that a machine that slows down slows both.</summary>
internal static class Paired
{
    // By the clock: the runtime counts calls, then compiles what is hot again beside them.
    private const double WarmUpSeconds = 1;

    private static readonly TimeSpan ShortestPass = TimeSpan.FromMilliseconds(200);

    /// <summary>Warms both up for a second each, then times them in turn.</summary>
    /// <param name="rounds">Passes of each.</param>
    /// <param name="a">One way.</param>
    /// <param name="b">The other.</param>
    /// <param name="pass">Least time of a pass, in which a short action is repeated; 200 ms by default.</param>
    /// <returns>Median seconds of one run of each, and the median of the ratios of each pair: the speed of A over the speed of B.</returns>
    public static (double A, double B, double SpeedRatio) Time(int rounds, Action a, Action b, TimeSpan? pass = null)
    {
        var seconds = Passes(rounds, pass ?? ShortestPass, a, b);
        return (Median(seconds[0]), Median(seconds[1]), Median([.. seconds[0].Zip(seconds[1], (ofA, ofB) => ofB / ofA)]));
    }

    /// <summary>Warms one thing up for a second, then times it.</summary>
    /// <returns>Median seconds of one run.</returns>
    public static double Time(int rounds, Action action) => Median(Passes(rounds, ShortestPass, action)[0]);

    /// <summary>The middle value.</summary>
    public static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static double[][] Passes(int rounds, TimeSpan pass, params Action[] actions)
    {
        var times = WarmUp(actions).Select(fastest => (int)Math.Max(1, Math.Ceiling(pass.TotalSeconds / fastest))).ToArray();
        var seconds = actions.Select(_ => new double[rounds]).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < actions.Length; i++)
                seconds[i][round] = Seconds(actions[i], times[i]);
        }

        return seconds;
    }

    /// <summary>Always runs what ran for less time: code that they share is compiled for all of them.</summary>
    /// <returns>Seconds of the fastest run of each.</returns>
    private static double[] WarmUp(Action[] actions)
    {
        var total = new double[actions.Length];
        var fastest = actions.Select(_ => double.MaxValue).ToArray();
        while (total.Min() < WarmUpSeconds)
        {
            var next = Array.IndexOf(total, total.Min());
            var took = Seconds(actions[next], times: 1);
            (total[next], fastest[next]) = (total[next] + took, Math.Min(fastest[next], took));
        }

        return fastest;
    }

    private static double Seconds(Action action, int times)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++)
            action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds / times;
    }
}
