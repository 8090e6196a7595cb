import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.StreamPartitioner;

/**
 * The peer of router.correlate: Kafka Streams, exactly_once_v2, which decodes a signal, looks its provider up in a table
 * in memory and encodes what follows. Writes signals a second, from the first to the last, and CPU microseconds of one.
 *
 * <p>Arguments: broker, inbox, events, signals, file of the table (JSON), folder for what Streams keeps.
 */
public final class Correlate {
    record SignalId(String run, String line, long counter) {}

    record SignalReceived(
            String type,
            SignalId id,
            String sender,
            @JsonProperty("sent_at") long sentAt,
            @JsonProperty("received_at") long receivedAt,
            String subject,
            String protocol,
            @JsonProperty("account_space") String accountSpace,
            String account,
            String sequence,
            String qualifier,
            String code,
            String area,
            String zone,
            @JsonProperty("panel_time") Long panelTime,
            List<String> deviations,
            byte[] raw) {}

    record SignalRecorded(
            String type,
            SignalId signal,
            String outcome,
            String reason,
            String sequence,
            String code,
            String qualifier,
            String area,
            String zone,
            @JsonProperty("panel_time") Long panelTime,
            @JsonProperty("received_at") long receivedAt) {}

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader READER = JSON.readerFor(SignalReceived.class);
    private static final ObjectWriter WRITER = JSON.writerFor(SignalRecorded.class);

    /** Decisions go where the signals come from, as ours do: one partition in a transaction, not all of them. */
    private static final StreamPartitioner<byte[], byte[]> SAME_PARTITION =
            (_, _, _, _) -> Optional.of(Set.of(0));

    private final Map<String, String> providers;
    private final long signals;
    private final CompletableFuture<String> measured = new CompletableFuture<>();
    private long seen;
    private long beganNanos;
    private long beganCpuNanos;

    private Correlate(Map<String, String> providers, long signals) {
        this.providers = providers;
        this.signals = signals;
    }

    private byte[] correlate(byte[] value) {
        if (seen++ == 0) {
            beganNanos = System.nanoTime();
            beganCpuNanos = cpuNanos();
        }
        byte[] said = decide(value);
        if (seen == signals) {
            double seconds = (System.nanoTime() - beganNanos) / 1e9;
            double cpuUs = (cpuNanos() - beganCpuNanos) / 1e3;
            measured.complete((signals - 1) / seconds + " " + cpuUs / signals);
        }
        return said;
    }

    private byte[] decide(byte[] value) {
        try {
            SignalReceived signal = READER.readValue(value);
            String provider = providers.get(signal.subject());
            return WRITER.writeValueAsBytes(
                    new SignalRecorded(
                            "signal.recorded.v1",
                            signal.id(),
                            "surfaced",
                            provider,
                            null,
                            signal.code(),
                            "new",
                            "",
                            signal.zone(),
                            null,
                            signal.receivedAt()));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static Properties settings(String broker, String folder) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "bench.correlate.streams");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, broker);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, folder);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100); // its default with exactly_once_v2
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1); // one partition has signals
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 900_000); // as ours
        return settings;
    }

    public static void main(String[] arguments) throws Exception {
        String inbox = arguments[1];
        String events = arguments[2];
        Map<String, String> table = JSON.readValue(new File(arguments[4]), new TypeReference<>() {});
        Correlate peer = new Correlate(table, Long.parseLong(arguments[3]));
        StreamsBuilder builder = new StreamsBuilder();
        var bytes = Serdes.ByteArray();
        builder.stream(inbox, Consumed.with(bytes, bytes))
                .mapValues(peer::correlate)
                .to(events, Produced.with(bytes, bytes).withStreamPartitioner(SAME_PARTITION));
        try (KafkaStreams streams = new KafkaStreams(builder.build(), settings(arguments[0], arguments[5]))) {
            streams.setUncaughtExceptionHandler(
                    problem -> {
                        peer.measured.completeExceptionally(problem);
                        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
                    });
            streams.start();
            System.out.println(peer.measured.get());
        }
    }
}
