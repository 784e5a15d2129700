using StreamNer.Tools.Hub;

namespace StreamNer.Tools.Tests.Hub;

public class HubSettingsTests
{
    private readonly List<string> _problems = [];

    [Fact]
    public void The_address_is_the_arguments_else_the_environments_else_the_usual_one()
    {
        Assert.Equal(
            "https://one.example/hub", Of("https://one.example/hub/", ("HF_ENDPOINT", "https://two.example"))!.Endpoint.AbsoluteUri);
        Assert.Equal("https://two.example/", Of(null, ("HF_ENDPOINT", "https://two.example"))!.Endpoint.AbsoluteUri);
        Assert.Equal("https://huggingface.co/", Of(null)!.Endpoint.AbsoluteUri);
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("http://mirror.example", "without encryption")]
    [InlineData("ftp://mirror.example", "must be an address")]
    [InlineData("mirror.example", "must be an address")]
    [InlineData("https://user:secret@mirror.example", "without a login")]
    [InlineData("https://mirror.example?token=secret", "without a login or a query")]
    public void An_address_that_can_not_be_trusted_is_refused(string endpoint, string expected)
    {
        Assert.Null(Of(endpoint));
        Assert.Contains(expected, Assert.Single(_problems));
    }

    [Theory]
    [InlineData("http://127.0.0.1:8000")]
    [InlineData("http://localhost:8000")]
    [InlineData("http://[::1]:8000")]
    public void This_machine_needs_no_encryption(string endpoint) => Assert.NotNull(Of(endpoint));

    [Fact]
    public void Http_may_be_allowed_but_gets_no_token()
    {
        var settings = HubSettings.Of("http://mirror.example", allowHttp: true, name => name == "HF_TOKEN" ? "secret" : null, _problems)!;

        Assert.Null(settings.TokenFor(new Uri("http://mirror.example/a")));
    }

    [Theory]
    [InlineData("https://mirror.example/a", true)]
    [InlineData("https://mirror.example:443/a", true)]
    [InlineData("https://mirror.example:8443/a", false)]
    [InlineData("https://cdn.mirror.example/a", false)]
    [InlineData("https://mirror.example.evil.example/a", false)]
    [InlineData("http://mirror.example/a", false)]
    public void The_token_is_for_the_hubs_own_address_alone(string address, bool expected) =>
        Assert.Equal(expected, Of("https://mirror.example", ("HF_TOKEN", " secret\n"))!.TokenFor(new Uri(address)) == "secret");

    [Fact]
    public void A_token_that_is_none_is_refused()
    {
        Assert.Null(Of(null, ("HF_TOKEN", "two words")));
        Assert.DoesNotContain("two words", Assert.Single(_problems));
    }

    private HubSettings? Of(string? endpoint, params (string Name, string Value)[] environment) =>
        HubSettings.Of(endpoint, allowHttp: false, name => environment.FirstOrDefault(variable => variable.Name == name).Value, _problems);
}
