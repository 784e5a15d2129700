using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Tests.Pool;

public class ClusterOptionsTests
{
    [Fact]
    public void Without_a_word_there_is_no_cluster_and_nothing_to_say() =>
        Assert.Equal(((PoolSetup?)null, 0), (new ClusterOptions().Pool, new ClusterOptions().Problems().Count()));

    [Fact]
    public void A_node_has_both_roles_unless_it_is_told() =>
        Assert.Equal(new PoolSetup(Streams: true, Infers: true), new ClusterOptions { Enabled = true }.Pool);

    [Fact]
    public void Roles_are_read_in_any_case() =>
        Assert.Equal(new PoolSetup(Streams: false, Infers: true), new ClusterOptions { Enabled = true, Roles = ["Inference"] }.Pool);

    public static TheoryData<ClusterOptions, string> Problems => new()
    {
        { new() { Roles = ["gpu"] }, "Roles has 'gpu', it must be stream or inference" },
        { new() { Host = "a b" }, "Host is 'a b'" },
        { new() { Host = "a\" , port = 1 \"" }, "Host is 'a\" , port = 1 \"'" },
        { new() { PublicHost = "-x" }, "PublicHost is '-x'" },
        { new() { Enabled = true, Host = "0.0.0.0" }, "PublicHost must say how other nodes reach this one" },
        { new() { Port = 70_000 }, "Port is 70000, it must be between 0 (any free one) and 65535" },
        { new() { Enabled = true, Port = 0 }, "Port is 0, which no other node knows" },
        { new() { Seeds = ["10.0.0.1"] }, "Seeds has '10.0.0.1', it must be a host and a port" },
        { new() { Seeds = ["10.0.0.1:0"] }, "Seeds has '10.0.0.1:0'" },
        { new() { Enabled = true, Seeds = ["::1:4053"] }, "Seeds has '::1:4053'" },
        { new() { Certificate = new() { Password = "x" } }, "Certificate:Path is empty" },
        { new() { Certificate = new() { Issuer = "x" } }, "Certificate:Path is empty" },
    };

    [Theory]
    [MemberData(nameof(Problems), DisableDiscoveryEnumeration = true)]
    public void What_can_t_be_used_is_said_with_value_and_limit(ClusterOptions options, string expected) =>
        Assert.Contains(expected, Assert.Single(options.Problems()), StringComparison.Ordinal);

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:4053")]
    [InlineData("::1", "[::1]:4053")]
    [InlineData("ner-0.ner.default.svc.cluster.local", "ner-0.ner.default.svc.cluster.local:4053")]
    public void Names_and_addresses_are_taken(string host, string seed)
    {
        var options = new ClusterOptions { Enabled = true, Host = host, Seeds = [seed] };
        Assert.Empty(options.Problems());
        Assert.Equal($"akka.tcp://streamner@{seed}", Assert.Single(ClusterMechanics.SeedsOf(options)).ToString());
    }

    [Fact]
    public void A_password_stays_out_of_what_is_written_of_the_options() =>
        Assert.DoesNotContain(
            "secret", new ClusterOptions { Certificate = new() { Password = "secret" } }.ToString(), StringComparison.Ordinal);

    [Fact]
    public void What_a_value_holds_can_t_become_a_setting_of_the_mechanics()
    {
        var mechanics = ClusterMechanics.Of(new ClusterOptions
        {
            Enabled = true,
            PublicHost = "a\" }\nakka.remote.dot-netty.tcp.hostname = \"0.0.0.0",
        });
        Assert.Equal("127.0.0.1", mechanics.GetString("akka.remote.dot-netty.tcp.hostname"));
        Assert.StartsWith("a\"", mechanics.GetString("akka.remote.dot-netty.tcp.public-hostname"), StringComparison.Ordinal);
    }
}
