using StreamNer.TestSupport.Kafka;

[assembly: AssemblyFixture(typeof(BrokerForTests))]
