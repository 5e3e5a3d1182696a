package org.moraine.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParentDeathTest {

    @TempDir
    Path folder;

    @Test
    void nothingLivesOnWhenTheProgramThatStartedItIsKilled() throws Exception {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<ProcessHandle> parts = started(parent);

        parent.destroyForcibly().waitFor();

        assertThat(parts).hasSize(3);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> parts.stream().noneMatch(ProcessHandle::isAlive));
    }

    private static List<ProcessHandle> started(Process parent) throws IOException {
        BufferedReader printed =
                new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8));
        String pids = printed.readLine();
        assertThat(pids).as("what the parent prints when all have started").isNotNull();
        return Stream.of(pids.split(" ", -1))
                .map(pid -> ProcessHandle.of(Long.parseLong(pid)).orElseThrow())
                .toList();
    }

    /** Starts the three, prints their process ids, and waits to be killed. */
    static final class Parent {

        private Parent() {}

        public static void main(String[] arguments) throws Exception {
            Path folder = Path.of(arguments[0]);
            try (Database database = Database.start(folder.resolve("database"), 0);
                    Broker broker = Broker.start(folder.resolve("broker"), 0);
                    ObjectStore store = ObjectStore.start(folder.resolve("store"), 0)) {
                System.out.println(database.process().pid() + " "
                        + broker.process().pid() + " " + store.process().pid());
                Thread.currentThread().join();
            }
        }
    }
}
