using Microsoft.Extensions.Configuration;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Models;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport;

namespace StreamNer.Host.Tests.Configuration;

public class ModelSettingsTests
{
    [Fact]
    public void Without_a_list_there_is_the_one_model() =>
        Assert.Equal(("", "models/en-ner-small"), Of() is [var one] ? (one.Name, one.Path) : default);

    [Fact]
    public void A_model_has_its_own_sections_or_those_of_all()
    {
        var models = Of("Models:0:Path=a", "Models:1:Path=b", "Models:1:Name=second", "Models:1:Windows:OnTooLong=Fail",
            "Models:1:Devices:0:Threads=3", "Windows:MaxPieces=64", "Devices:0:Lanes=2");

        Assert.Equal([("", "a"), ("second", "b")], models.Select(model => (model.Name, model.Path)));
        Assert.Equal([(OnTooLong.Windows, 64), (OnTooLong.Fail, 0)],
            models.Select(model => (model.Windows.OnTooLong, model.Windows.MaxPieces)));
        Assert.Equal([(2, 0), (0, 3)], models.Select(model => (model.Devices[0].Lanes, model.Devices[0].Threads)));
    }

    [Fact]
    public void All_problems_are_told_at_once_each_with_its_key()
    {
        var problems = Problems("Model:Path=m", "Models:0:Path=", "Models:1:Path=b", "Models:1:Name=a b", "Models:1:Windows:MaxPieces=3",
            "Models:1:Words:Decoding=Crf", "Models:1:Words:Aggregation=First", "Models:1:Devices:0:Lanes=-1", "Rules:MaxPatterns=0");

        Assert.Contains(problems, problem =>
            problem.StartsWith("StreamNer:Model:Path is 'm' and StreamNer:Models has 2 entries", StringComparison.Ordinal));
        Assert.Contains("StreamNer:Models:0:Path is empty, it must name a model folder", problems);
        Assert.Contains(problems, problem => problem.StartsWith("StreamNer:Models:1:Name is 'a b'", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("StreamNer:Models:1:Windows:MaxPieces is 3", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("StreamNer:Models:1:Words:Decoding is Crf", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("StreamNer:Models:1:Devices:0:Lanes is -1", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("StreamNer:Rules:MaxPatterns is 0", StringComparison.Ordinal));
    }

    [Fact]
    public void There_is_a_limit_of_models() =>
        Assert.Contains("StreamNer:Models has 17 entries, the limit is 16",
            Problems([.. Enumerable.Range(0, 17).Select(i => $"Models:{i}:Path=m{i}")]));

    [Fact]
    public void A_misspelt_key_of_a_model_is_named() =>
        Assert.Contains(Checked("Models:0:Path=a", "Models:0:Nmae=x").Problems, problem =>
            problem.Contains("StreamNer:Models:0:Nmae is not a known key; did you mean Name?", StringComparison.Ordinal));

    [Fact]
    public void Least_scores_are_for_labels_of_the_models_or_the_rules()
    {
        var problem = Assert.Throws<ConfigurationException>(() => ServicePlan.Make(Written(
            "Kafka:BootstrapServers=localhost:9092", "Kafka:InputTopics=news", "Kafka:OutputTopic=entities",
            $"Models:0:Path={Repository.DefaultModel}", $"Models:1:Path={Repository.File("models", "en-pos-small")}",
            $"Rules:Path={Repository.File("config", "rules-example.jsonl")}",
            "Output:MinScoreOf:misc=0.9", "Output:MinScoreOf:TICKET=1", "Output:MinScoreOf:NOUN=0.5"))).Message;

        Assert.Contains("Output:MinScoreOf names 'NOUN', which no entity is called: there are", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("'misc'", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("'TICKET'", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_models_of_one_name_are_refused()
    {
        var problem = Assert.Throws<ConfigurationException>(() =>
            ServedModel.Open(Of($"Models:0:Path={Repository.DefaultModel}", $"Models:1:Path={Repository.DefaultModel}"))).Message;

        Assert.Contains("2 models called 'en-ner-small'", problem, StringComparison.Ordinal);
        Assert.Equal(
            ["en-ner-small", "other"],
            ServedModel.Open(Of($"Models:0:Path={Repository.DefaultModel}", $"Models:1:Path={Repository.DefaultModel}",
            "Models:1:Name=other")).Select(model => model.Name));
    }

    [Fact]
    public void Folders_that_can_not_be_used_are_all_named()
    {
        var problems =
            Assert.Throws<ModelLoadException>(() => ServedModel.Open(Of("Models:0:Path=no/first", "Models:1:Path=no/second"))).Problems;

        Assert.Equal(2, problems.Count);
        Assert.Contains("second", problems[1], StringComparison.Ordinal);
    }

    private static IConfigurationRoot Written(params string[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2))
            .Select(pair => KeyValuePair.Create($"StreamNer:{pair[0]}", (string?)pair[1]))).Build();

    private static CheckedConfiguration Checked(params string[] settings) => CheckedConfiguration.Of(Written(settings));

    private static IReadOnlyList<ModelSettings> Of(params string[] settings) => ModelSettings.Of(Checked(settings));

    private static string[] Problems(params string[] settings) => [.. ModelSettings.Problems(Checked(settings))];
}
