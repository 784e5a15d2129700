using StreamNer.Streams.Kafka;

namespace StreamNer.Streams.Tests.Kafka;

public sealed class MemberIdentityTests
{
    [Theory]
    [InlineData("streamner-0", "streamner-0")]
    [InlineData("streamner-12", "streamner-12")]
    [InlineData("streamner-7d9c5b6f4-x2x9z", null)]
    [InlineData("laptop", null)]
    public void In_a_stateful_set_the_pod_gives_its_name(string host, string? expected) =>
        Assert.Equal(expected, Identity(new KafkaOptions(), ("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("HOSTNAME", host)).InstanceId);

    [Fact]
    public void Elsewhere_there_is_no_name_unless_one_is_set()
    {
        Assert.Null(Identity(new KafkaOptions(), ("HOSTNAME", "streamner-0")).InstanceId);
        Assert.Equal("a", Identity(new KafkaOptions { InstanceId = "a" }).InstanceId);
    }

    [Fact]
    public void A_name_that_is_set_wins_and_an_empty_one_means_none()
    {
        (string, string)[] pod = [("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("HOSTNAME", "streamner-0")];

        Assert.Equal("a", Identity(new KafkaOptions { InstanceId = "a" }, pod).InstanceId);
        Assert.Null(Identity(new KafkaOptions { InstanceId = "" }, pod).InstanceId);
        Assert.Null(Identity(new KafkaOptions { Consumer = new Dictionary<string, string> { ["group.instance.id"] = "b" } }, pod)
            .InstanceId);
        Assert.Null(Identity(new KafkaOptions { Broker = BrokerKind.Embedded }, pod).InstanceId);
    }

    [Fact]
    public void A_name_that_another_instance_has_taken_is_given_up()
    {
        var identity = Identity(new KafkaOptions { InstanceId = "a" });
        identity.GiveUp();

        Assert.Null(identity.InstanceId);
    }

    [Fact]
    public void A_name_that_another_member_holds_is_waited_for_longer_than_a_session_and_then_given_up()
    {
        var clock = new ManualClock();
        var identity = new MemberIdentity(new KafkaOptions { InstanceId = "a" }, _ => null, clock);

        identity.NoteHeld();
        clock.Advance(TimeSpan.FromSeconds(59));
        identity.NoteHeld();
        Assert.Equal("a", identity.InstanceId);

        clock.Advance(TimeSpan.FromSeconds(1));
        identity.NoteHeld();
        Assert.Null(identity.InstanceId);
    }

    [Fact]
    public void A_name_that_is_held_again_after_this_instance_had_joined_is_waited_for_anew()
    {
        var clock = new ManualClock();
        var identity = new MemberIdentity(new KafkaOptions { InstanceId = "a" }, _ => null, clock);

        identity.NoteHeld();
        identity.NoteJoined();
        clock.Advance(TimeSpan.FromHours(1));
        identity.NoteHeld();

        Assert.Equal("a", identity.InstanceId);
    }

    private static MemberIdentity Identity(KafkaOptions options, params (string Name, string Value)[] environment) =>
        new(options, name => environment.FirstOrDefault(variable => variable.Name == name).Value, TimeProvider.System);

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
