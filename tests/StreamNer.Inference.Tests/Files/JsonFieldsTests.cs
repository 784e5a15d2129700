using StreamNer.Inference.Files;

namespace StreamNer.Inference.Tests.Files;

public sealed class JsonFieldsTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_name_with_half_a_surrogate_pair_is_a_problem_and_no_crash()
    {
        File.WriteAllText(_path, """{"\ud800": 1}""");
        List<string> problems = [];
        Assert.Null(JsonFields.Read(_path, problems)!.OptionalText("type"));
        Assert.Contains("has a name with half a surrogate pair", Assert.Single(problems));
    }
}
