using System.Xml.Linq;
using Mono.Cecil;
using StreamNer.TestSupport;

namespace StreamNer.Cli.Tests;

/// <summary>References point one way, within a project as between them. And each foreign library has one folder that names it.</summary>
public class ArchitectureTests
{
    /// <summary>What each project may know: projects of this repository, and foreign libraries by the first words of their names.</summary>
    public static TheoryData<string, string[]> Projects => new()
    {
        { "StreamNer.Inference", ["Google.Protobuf", "Microsoft.Extensions.Logging", "Microsoft.ML"] },
        { "StreamNer.Actors", ["StreamNer.Inference", "Akka", "Microsoft.Extensions"] },
        { "StreamNer.Streams", ["StreamNer.Actors", "StreamNer.Inference", "Akka", "Confluent.Kafka", "Microsoft.Extensions"] },
        { "StreamNer.Tools", ["StreamNer.Inference", "Microsoft.Extensions"] },
        { "StreamNer.EmbeddedBroker", ["StreamNer.Streams", "Confluent.Kafka", "Microsoft.Extensions"] },
        {
            "StreamNer.Host",
            ["StreamNer.Actors", "StreamNer.Inference", "StreamNer.Streams", "Akka", "Microsoft.AspNetCore", "Microsoft.Extensions",
                "Microsoft.Net.Http", "OpenTelemetry"]
        },
        {
            "streamner",
            [
                "StreamNer.Actors", "StreamNer.EmbeddedBroker", "StreamNer.Host", "StreamNer.Inference", "StreamNer.Streams",
                    "StreamNer.Tools",
                "Confluent.Kafka", "Microsoft.AspNetCore", "Microsoft.Extensions", "Spectre.Console", "System.CommandLine",
            ]
        },
    };

    public static TheoryData<string> ProjectNames => [.. Projects.Select(row => row.Data.Item1)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_knows_only_what_it_may_know(string project, string[] known)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(PathOf(project));
        var references = assembly.MainModule.AssemblyReferences.Select(reference => reference.Name);
        Assert.DoesNotContain(references, name => !IsOfTheRuntime(name) && !known.Any(prefix => IsOf(name, prefix)));
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void No_namespaces_of_a_project_know_each_other_in_a_circle(string project) =>
        Assert.Equal("", string.Join('\n', NamespaceCircles.Of(PathOf(project))));

    [Theory]
    [InlineData("Akka.Streams.Kafka", "src/Streams.AkkaStreamsKafka/")]
    [InlineData("Confluent.Kafka", "src/Streams/Kafka/", "src/Streams.AkkaStreamsKafka/", "src/EmbeddedBroker/")]
    [InlineData("Microsoft.ML.OnnxRuntime", "src/Inference/Models/Onnx/")]
    [InlineData("Google.Protobuf", "src/Inference/Models/Onnx/")]
    [InlineData("Microsoft.ML.Tokenizers", "src/Inference/Tokenization/")]
    public void A_foreign_library_is_named_in_its_folder_only(string library, params string[] folders)
    {
        var elsewhere = Sources("src")
            .Where(path => !folders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)))
            .Where(path => File.ReadLines(Repository.File(path)).Any(line => Names(line, library)))
            .ToArray();
        Assert.Empty(elsewhere);
    }

    /// <summary>Its package is not in every registry: what is built without a choice of connector must not ask for it.</summary>
    [Fact]
    public void The_connector_over_Akka_Streams_Kafka_is_in_no_default_build()
    {
        const string project = "StreamNer.Streams.AkkaStreamsKafka";
        const string chosen = "'$(KafkaConnector)' == 'AkkaStreamsKafka'";
        Assert.DoesNotContain("AkkaStreamsKafka", File.ReadAllText(Repository.File("StreamNer.sln")), StringComparison.Ordinal);
        var references =
            from path in ProjectFiles()
            from element in XDocument.Load(path).Descendants()
            let included = element.Attribute("Include")?.Value ?? ""
            let isPackage = element.Name.LocalName == "PackageReference" && included == "Akka.Streams.Kafka"
            let isProject = element.Name.LocalName == "ProjectReference" && included.Contains(project, StringComparison.Ordinal)
            where isPackage || isProject
            select (Of: Path.GetFileNameWithoutExtension(path), isPackage,
                IsChosen: element.AncestorsAndSelf().Any(one => one.Attribute("Condition")?.Value == chosen));

        Assert.Equal(
            [("StreamNer.Host", false, true), (project, true, false)],
            references.OrderBy(reference => reference.Of, StringComparer.Ordinal));
    }

    /// <summary>A line of JSON stays one line, as in a topic; all other lines are as long as .editorconfig says at most.</summary>
    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void No_line_of_code_is_longer_than_140_columns(string folder)
    {
        var longer =
            from path in Sources(folder)
            from line in File.ReadLines(Repository.File(path)).Select((text, index) => (Text: text, Number: index + 1))
            where line.Text.Length > 140 && !line.Text.Contains("{\"", StringComparison.Ordinal)
            select $"{path}:{line.Number}";
        Assert.Equal("", string.Join('\n', longer));
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Repository.File(folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal));

    private static IEnumerable<string> ProjectFiles() =>
        ((string[])["src", "tests"])
            .SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*.*proj", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Repository.Root, "Directory.*"))
            .Concat(Directory.EnumerateFiles(Repository.File("src"), "Directory.*"))
            .Concat(Directory.EnumerateFiles(Repository.File("tests"), "Directory.*"));

    private static bool Names(string line, string library) =>
        line.StartsWith($"using {library}", StringComparison.Ordinal)
        || (line.Contains($" {library}.", StringComparison.Ordinal) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal));

    private static string PathOf(string project) => Path.Combine(AppContext.BaseDirectory, project + ".dll");

    private static bool IsOf(string name, string prefix) => name == prefix || name.StartsWith(prefix + ".", StringComparison.Ordinal);

    private static bool IsOfTheRuntime(string name) => IsOf(name, "System") && !IsOf(name, "System.CommandLine") || name is "netstandard"
        or "mscorlib";
}
