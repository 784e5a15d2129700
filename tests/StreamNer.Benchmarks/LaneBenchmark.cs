using StreamNer.Inference;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>One session with all cores against one session for each core.</summary>
internal static class LaneBenchmark
{
    private const int Documents = 400;
    private const int Rounds = 5;

    public static IEnumerable<Figure> Run()
    {
        var folder = ModelFolder.Open(Repository.DefaultModel);
        var cores = Environment.ProcessorCount;
        var documents = Sample.Documents(Documents);
        using var one = TokenClassificationPipeline.Load(folder, new DeviceOptions { Lanes = 1, Threads = cores });
        using var each = TokenClassificationPipeline.Load(folder, new DeviceOptions { Lanes = cores, Threads = 1 });
        var (seconds, _, ratio) = Paired.Time(Rounds, () => each.Label(documents), () => one.Label(documents));
        yield return new Figure($"{cores} lanes of 1 thread", $"{Documents / seconds:F0} documents/s", Figure.InTurn(Rounds), ratio,
            $"1 lane of {cores} threads");
    }
}
