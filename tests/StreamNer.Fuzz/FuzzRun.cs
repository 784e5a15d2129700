using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace StreamNer.Fuzz;

/// <summary>Feeds changed seeds to a target until the time is over; fails when one crashes it, takes too long or too much memory.</summary>
internal static class FuzzRun
{
    private static readonly TimeSpan LongestInput = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(Setting("STREAMNER_FUZZ_SECONDS", 0));

    /// <summary>Inputs of a run without a time: the same ones each time, so that the suite says the same of the same code.</summary>
    private const int FewInputs = 60;
    private const long MostBytes = 1L << 30;

    /// <summary>Runs it.</summary>
    /// <param name="name">The target, for reports.</param>
    /// <param name="seeds">Inputs that are right.</param>
    /// <param name="words">Words of their format.</param>
    /// <param name="target">Reads an input and says why it is refused, null when it is right; whatever it throws is a failure.</param>
    /// <param name="output">Receives how many inputs were tried.</param>
    public static void Of(string name, byte[][] seeds, string[] words, Func<byte[], string?> target, ITestOutputHelper output)
    {
        var isShort = Time == TimeSpan.Zero;
        var seed = Setting("STREAMNER_FUZZ_SEED", isShort ? 1 : Random.Shared.Next());
        var mutator = new Mutator(seed, seeds, words);
        foreach (var right in seeds)
        {
            if (target(right) is { } refused)
                Assert.Fail($"{name}: a seed is refused, {refused}: {Encoding.UTF8.GetString(right)}");
        }

        var watch = Stopwatch.StartNew();
        var (inputs, slowest, largest) = (0, TimeSpan.Zero, 0L);
        for (; isShort ? inputs < FewInputs : watch.Elapsed < Time; inputs++)
        {
            var input = mutator.Next();
            var (cpu, allocated) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread());
            try
            {
                target(input);
            }
            catch (Exception crash)
            {
                Report(name, seed, input, crash.ToString());
            }

            var (took, bytes) = (Environment.CpuUsage.TotalTime - cpu, GC.GetAllocatedBytesForCurrentThread() - allocated);
            (slowest, largest) = (took > slowest ? took : slowest, Math.Max(largest, bytes));
            if (took > LongestInput)
                Report(name, seed, input, $"took {took.TotalSeconds:F1} s of processor time");
            if (bytes > MostBytes || Environment.WorkingSet > 3 * MostBytes)
                Report(name, seed, input, $"allocated {bytes} bytes, the process has {Environment.WorkingSet}");
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {inputs} inputs in {watch.Elapsed.TotalSeconds:F0} s, seed {seed}; "
            + $"slowest {slowest.TotalMilliseconds:F0} ms, most memory {largest >> 20} MiB"));
    }

    private static void Report(string name, int seed, byte[] input, string what)
    {
        var path = Path.Combine(Path.GetTempPath(), $"streamner-fuzz-{name}-{seed}.bin");
        File.WriteAllBytes(path, input);
        Assert.Fail($"{name}, seed {seed}, input in {path}: {what}");
    }

    private static int Setting(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : fallback;
}
