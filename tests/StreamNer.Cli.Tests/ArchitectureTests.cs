using System.Reflection;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Pipeline;
using StreamNer.TestSupport;

namespace StreamNer.Cli.Tests;

/// <summary>References point one way: Host → Streams → Actors → Inference. And each foreign library has one folder that names it.</summary>
public class ArchitectureTests
{
    private static readonly Assembly Inference = typeof(Document).Assembly;
    private static readonly Assembly Actors = typeof(RecognitionProtocol).Assembly;
    private static readonly Assembly Streams = typeof(PipelineOptions).Assembly;

    [Fact]
    public void Inference_knows_neither_actors_nor_kafka_nor_hosting() =>
        AssertKnowsNone(Inference, "Akka", "Confluent.Kafka", "Microsoft.Extensions.Hosting", "Microsoft.AspNetCore", "StreamNer.Actors", "StreamNer.Streams", "streamner");

    [Fact]
    public void Actors_know_neither_kafka_nor_the_web() =>
        AssertKnowsNone(Actors, "Confluent.Kafka", "Akka.Streams", "Microsoft.AspNetCore", "Microsoft.ML", "StreamNer.Streams", "streamner");

    [Fact]
    public void Streams_know_neither_the_runtime_nor_the_tokenizers_nor_the_web() =>
        AssertKnowsNone(Streams, "Microsoft.ML", "Microsoft.AspNetCore", "streamner");

    [Theory]
    [InlineData("Confluent.Kafka", "src/Streams/Kafka/")]
    [InlineData("Microsoft.ML.OnnxRuntime", "src/Inference/Models/Onnx/")]
    [InlineData("Microsoft.ML.Tokenizers", "src/Inference/Tokenization/")]
    public void A_foreign_library_is_named_in_one_folder_only(string library, string folder)
    {
        var elsewhere = Directory.EnumerateFiles(Repository.File("src"), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.StartsWith(folder, StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .Where(path => File.ReadLines(Repository.File(path)).Any(line => line.StartsWith($"using {library}", StringComparison.Ordinal) || line.Contains($" {library}.", StringComparison.Ordinal) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))
            .ToArray();
        Assert.Empty(elsewhere);
    }

    private static void AssertKnowsNone(Assembly assembly, params string[] forbidden)
    {
        Assert.DoesNotContain(
            assembly.GetReferencedAssemblies().Select(reference => reference.Name!),
            name => forbidden.Any(prefix => name == prefix || name.StartsWith(prefix + ".", StringComparison.Ordinal)));
    }
}
