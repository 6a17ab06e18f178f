<?php
// The team's tests, without a framework: php test.php

require __DIR__ . '/refiner.php';

$checks = [
    'a user is identified' => fn() => identify('u-1', ['email' => 'mira+work@example.org', 'plan' => 'pro'])['message'] === 'ok',
    'responses are a list' => fn() => responsesOf(['34de57da-fd12-11ef-83b6-81e7e8e25d94'])['items'] === [],
];
foreach ($checks as $name => $check) {
    if (!$check()) {
        fwrite(STDERR, "failed: $name\n");
        exit(1);
    }
}
echo count($checks), " passed\n";
