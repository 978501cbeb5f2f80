<?php
// The service under test, as it describes itself.
$service = json_decode(file_get_contents(getenv('PEER_FOLDER') . '/service.json'), true);
$metadata[$service['entity_id']] = [
    'AssertionConsumerService' => $service['answer_url'],
    'SingleLogoutService' => [[
        'Binding' => file_get_contents(getenv('PEER_FOLDER') . '/binding'),
        'Location' => $service['sign_out_url'],
    ]],
    'certData' => $service['certificate'],
    'validate.authnrequest' => true,
    'assertion.encryption' => $service['encrypted'],
];
